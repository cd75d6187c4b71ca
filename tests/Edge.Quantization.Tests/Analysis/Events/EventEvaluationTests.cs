using Edge.Detection;
using Edge.Quantization.Analysis.Events;
using Edge.Quantization.Tests.Analysis.Evaluation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Analysis.Events;

/// <summary>The bundled recording, its words heard as sound events by the shipped model.</summary>
public sealed class EventEvaluationTests : IDisposable
{
    private static readonly EventCriteria Criteria = new(new EventMatching(), new SegmentMatching(), new IntersectionMatching());

    private readonly AudioModel model = AudioModel.Load(Repository.PathTo("samples", "models", "wake-words.edge"));
    private readonly SoundEventOptions options;

    public EventEvaluationTests() => options = new SoundEventOptions
    {
        SmoothingMs = 100,
        Classes = [.. model.Labels.Select((name, i) => new SoundClass { Name = name, Labels = [i] }).Where(one => one.Name != "background")],
    };

    public void Dispose() => model.Dispose();

    [Fact]
    public void A_track_gives_the_events_that_the_device_tells()
    {
        var scorer = new Scorer(model);
        Detector detector = model.CreateDetector(options);
        ReadOnlySpan<short> samples = Recordings.ReadAll(Recordings.Bundled);
        var expected = new List<SoundEvent>();
        while (scorer.TryStep(ref samples))
        {
            Add(expected, detector.Push(scorer.Scores, scorer.Time));
        }

        while (scorer.TryFinish())
        {
            Add(expected, detector.Push(scorer.Scores, scorer.Time));
        }

        Add(expected, detector.Finish());

        Assert.True(expected.Count >= 10);
        Assert.Equal(expected, Hear()[0].Detect(options));
    }

    [Fact]
    public void Tuning_gains_on_the_recordings_that_it_is_done_on()
    {
        IReadOnlyList<ScoreTrack> tracks = Hear();
        EventEvaluation before = EventEvaluation.Run(tracks, options, Criteria, TestContext.Current.CancellationToken);
        SoundEventOptions tuned = EventTuning.Run(model, tracks, options, Criteria, TuningGoal.Segment, cancellationToken: TestContext.Current.CancellationToken);
        EventEvaluation after = EventEvaluation.Run(tracks, tuned, Criteria, TestContext.Current.CancellationToken);

        Assert.Empty(tuned.Faults(model.Labels.Count));
        Assert.True(after.MeanSegmentF1 > before.MeanSegmentF1, $"{before.MeanSegmentF1} to {after.MeanSegmentF1}");
        Assert.InRange(after.MeanSegmentF1, 0.9, 1);
        Assert.Equal(BundledWords.All.Count, after.Classes.Sum(one => one.Marked));
        Assert.Equal(after.Segments.F1, 2 * after.Segments.Precision * after.Segments.Recall / (after.Segments.Precision + after.Segments.Recall), 12);
    }

    [Fact]
    public void Classes_that_are_marked_nowhere_do_not_count()
    {
        EventRecording part = new(Recordings.Bundled, [.. Marked().Where(one => one.Label == "alexa")]);
        IReadOnlyList<ScoreTrack> tracks = ScoreTrack.Hear(model, options.Classes, [part], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("alexa", Assert.Single(EventEvaluation.Run(tracks, options, Criteria, TestContext.Current.CancellationToken).Classes).Name);
        Assert.Throws<ArgumentException>(() => EventEvaluation.Run(tracks, options with { Classes = [options.Classes.First(one => one.Name == "jarvis")] }, Criteria, TestContext.Current.CancellationToken));
    }

    private IReadOnlyList<ScoreTrack> Hear() =>
        ScoreTrack.Hear(model, options.Classes, [new(Recordings.Bundled, Marked())], cancellationToken: TestContext.Current.CancellationToken);

    private static SoundEvent[] Marked() => [.. BundledWords.All.Select(word => new SoundEvent(word.Label, word.StartS, word.EndS))];

    private static void Add(List<SoundEvent> events, ReadOnlySpan<AudioEvent> told)
    {
        foreach (AudioEvent one in told)
        {
            events.Add(new SoundEvent(one.Label, one.Start.TotalSeconds, one.End.TotalSeconds));
        }
    }
}
