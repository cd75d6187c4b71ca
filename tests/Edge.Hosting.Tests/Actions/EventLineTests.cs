using System.Text;
using System.Text.Json;
using Edge.Detection;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public class EventLineTests
{
    [Fact]
    public void An_event_is_one_JSON_object_with_wall_clock_and_source() => Assert.Equal(
        """{"time":"2026-01-31T08:15:00.250Z","source":"microphone","sequence":12,"model":"wake-words","label":"alexa","score":0.88,"start_s":1.234,"end_s":1.81}""",
        Text(Some.Event(12)));

    [Fact]
    public void An_event_that_goes_on_says_so() => Assert.EndsWith(""","phase":"onset"}""", Text(Some.Event(phase: EventPhase.Onset)));

    [Fact]
    public void Values_stand_in_place_of_the_score()
    {
        DeviceEvent heard = Some.Event();
        string line = Text(heard with { Heard = heard.Heard with { Values = [new("arousal", 0.52f), new("valence", float.NaN)] } });
        Assert.Contains(""" "values":{"arousal":0.52,"valence":null} """.Trim(), line);
        Assert.DoesNotContain("score", line);
    }

    [Theory]
    [InlineData("Tür \"auf\"\n\0{}")]
    [InlineData("犬 \\ ]}")]
    public void Any_label_stays_one_line_of_JSON(string label)
    {
        string line = Text(Some.Event(label: label));
        Assert.DoesNotContain('\n', line);
        using JsonDocument json = JsonDocument.Parse(line);
        Assert.Equal(label, json.RootElement.GetProperty("label").GetString());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_score_that_is_no_number_is_null(float score) => Assert.Contains("\"score\":null", Text(Some.Event(score: score)));

    private static string Text(DeviceEvent heard) => Encoding.UTF8.GetString(EventLine.Format(heard));
}
