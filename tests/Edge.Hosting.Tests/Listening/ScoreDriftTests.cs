using Edge.Detection;
using Edge.Hosting.Listening;

namespace Edge.Hosting.Tests.Listening;

public class ScoreDriftTests
{
    [Fact]
    public void Scores_that_stay_as_they_were_have_an_index_near_0_and_others_a_large_one()
    {
        using AudioModel model = AudioModel.Load(TestModels.WakeWordsPath);
        var drift = new ScoreDrift(model, model.Detection);
        var random = new Random(1);
        Hour(drift, model, () => random.Next(-128, -64));
        Assert.True(double.IsNaN(drift.Index));
        Hour(drift, model, () => random.Next(-128, -64));
        Assert.InRange(drift.Index, 0, 0.01);
        Hour(drift, model, () => random.Next(-96, -32));
        Assert.InRange(drift.Index, 0.25, 20);
        Hour(drift, model, () => random.Next(-128, -64));
        Assert.InRange(drift.Index, 0, 0.01);
    }

    [Fact]
    public void The_index_is_that_of_its_formula()
    {
        using AudioModel model = AudioModel.Load(TestModels.WakeWordsPath);
        var drift = new ScoreDrift(model, model.Detection);
        int steps = (int)(TimeSpan.FromHours(1) / model.Step);
        int step = 0;
        Hour(drift, model, () => step++ % 2 == 0 ? -128 : 127); // halves
        step = 0;
        Hour(drift, model, () => step++ % 4 == 0 ? -128 : 127); // a quarter and three
        double all = steps + 8;
        double low = Term(((steps + 1) / 2) + 0.5, ((steps + 3) / 4) + 0.5);
        double high = Term((steps / 2) + 0.5, steps - ((steps + 3) / 4) + 0.5);
        Assert.Equal(low + high, drift.Index, 9);

        double Term(double before, double now) => ((now / all) - (before / all)) * Math.Log(now / before);
    }

    private static void Hour(ScoreDrift drift, AudioModel model, Func<int> score)
    {
        // Background is louder than any word, and must not count.
        int background = ((KeywordOptions)model.Detection).Background[0];
        sbyte[] scores = new sbyte[model.Labels.Count];
        for (long i = (long)(TimeSpan.FromHours(1) / model.Step); i > 0; i--)
        {
            scores.AsSpan().Fill((sbyte)score());
            scores[background] = 127;
            drift.Add(scores);
        }
    }
}
