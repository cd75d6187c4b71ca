using System.Globalization;
using Edge.Detection;

namespace Edge.Tests.Detection;

public class SoundEventReferenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_scores_and_settings_give_the_events_of_the_reference(int seed)
    {
        var random = new Random(seed);
        int events = 0;
        for (int round = 0; round < 400; round++)
        {
            RandomScene scene = RandomScene.Make(random);
            var detector = new SoundEventDetector(scene.Options, scene.Labels, RandomScene.Scale, RandomScene.ZeroPoint, scene.Step, scene.Window, "m");
            var told = new List<AudioEvent>();
            for (int k = 0; k < scene.Scores.Length; k++)
            {
                told.AddRange(detector.Push(scene.Scores[k], scene.Times[k]));
            }

            told.AddRange(detector.Finish());
            List<AudioEvent> expected = SoundEventReference.Detect(
                scene.Options, scene.Labels, scene.Scores, scene.Times, RandomScene.Scale, RandomScene.ZeroPoint, scene.Step, scene.Window);
            AudioEvent[] complete = [.. told.Where(e => e.Phase == EventPhase.Complete).OrderBy(e => e.Start).ThenBy(e => e.End).ThenBy(e => e.Label, StringComparer.Ordinal)];
            Assert.Equal(expected.Select(Text), complete.Select(Text));
            foreach (IGrouping<string, AudioEvent> one in told.GroupBy(e => e.Label))
            {
                // Each event has its onset before it, and nothing between the two.
                AudioEvent[] ofClass = [.. one];
                Assert.True(scene.Options.Onsets ? ofClass.Length % 2 == 0 : ofClass.All(e => e.Phase == EventPhase.Complete));
                for (int i = 0; scene.Options.Onsets && i < ofClass.Length; i += 2)
                {
                    Assert.Equal((EventPhase.Onset, EventPhase.Complete, ofClass[i].Start), (ofClass[i].Phase, ofClass[i + 1].Phase, ofClass[i + 1].Start));
                }
            }

            events += expected.Count;
        }

        Assert.True(events > 2_000, $"{events} events");

        static string Text(AudioEvent e) => string.Create(CultureInfo.InvariantCulture, $"{e.Label} {e.Start.Ticks}-{e.End.Ticks} {e.Score:0.0000} {e.MeanScore:0.0000}");
    }
}
