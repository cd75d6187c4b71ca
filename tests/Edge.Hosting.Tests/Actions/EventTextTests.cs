using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public class EventTextTests
{
    [Fact]
    public void Every_placeholder_stands_for_its_part() => Assert.Equal(
        "alexa 0.88 wake-words 1.234 1.81 2026-01-31T08:15:00.250Z microphone",
        EventText.Fill(string.Join(' ', EventText.Placeholders), Some.Event()));

    [Fact]
    public void Other_braces_stay() => Assert.Equal("""{"text":"alexa"} {}""", EventText.Fill("""{"text":"{label}"} {}""", Some.Event()));

    [Fact]
    public void A_label_that_reads_like_a_placeholder_is_not_filled_again() =>
        Assert.Equal("{source}", EventText.Fill("{label}", Some.Event(label: "{source}")));

    [Fact]
    public void Control_characters_become_spaces() => Assert.Equal("a b c", EventText.Fill("{label}", Some.Event(label: "a\0b\nc")));
}
