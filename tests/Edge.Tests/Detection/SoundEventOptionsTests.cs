using Edge.Detection;

namespace Edge.Tests.Detection;

public class SoundEventOptionsTests
{
    [Fact]
    public void Faults_of_the_options_are_told_all_at_once()
    {
        var options = new SoundEventOptions { OnsetThreshold = 0.4, OffsetThreshold = 0.5, SmoothingMs = -1, MinimumMs = -1, MergeGapMs = -2, RefractoryMs = -3, DelayMs = -4, OffsetDelayMs = -5, WarmUpMs = -6 };
        string message = Assert.Throws<ArgumentException>(() => Make(options, 1)).Message;
        Assert.All(["SmoothingMs", "MinimumMs", "MergeGapMs", "RefractoryMs", "DelayMs", "OffsetDelayMs", "WarmUpMs", "OffsetThreshold 0.5"], part => Assert.Contains(part, message));
    }

    [Fact]
    public void Faults_of_the_classes_are_told_with_their_class()
    {
        SoundClass good = new() { Name = "good", Labels = [0] };
        Assert.All(
            ((SoundClass[] Classes, string Expected)[])
            [
                ([good with { Labels = [] }], "class 'good': Labels is []"),
                ([good with { Labels = [0, 3] }], "Labels is [0, 3]; expected one or more indices from 0 to 2"),
                ([good, good], "Name is that of another class"),
                ([good with { Name = "" }], "Name is empty"),
                ([good with { Parent = "bad" }], "Parent is 'bad'"),
                ([good with { Parent = "good" }], "leads back"),
                ([good with { Parent = "b" }, good with { Name = "b", Parent = "c" }, good with { Name = "c", Parent = "b" }], "class 'c': Parent leads back"),
                ([good with { OnsetThreshold = 1.5 }], "class 'good': OnsetThreshold is 1.5"),
                ([good with { OnsetThreshold = double.NaN }], "OnsetThreshold is NaN"),
                ([good with { OnsetThreshold = 0.2, OffsetThreshold = 0.3 }], "OffsetThreshold 0.3"),
                ([good with { MinimumMs = 500, MaximumMs = 400 }], "MaximumMs is 400; expected at least MinimumMs and MergeGapMs together, 500"),
            ],
            c => Assert.Contains(c.Expected, Assert.Throws<ArgumentException>(() => Make(new SoundEventOptions { MergeGapMs = 0, Classes = c.Classes }, 3)).Message));
    }

    [Fact]
    public void Settings_that_would_look_back_without_bound_are_refused()
    {
        SoundEventOptions options = new SoundEventOptions { MinimumMs = 60_000, MergeGapMs = 60_000, MaximumMs = 120_000 };
        string message = Assert.Throws<ArgumentException>(() => Make(options, 500)).Message;
        Assert.Contains("let 600000 steps of 500 classes wait at once", message);
        Assert.Throws<ArgumentException>(() => Make(new SoundEventOptions { SmoothingMs = 60_000 }, 1, stepMs: 1));
    }

    private static SoundEventDetector Make(SoundEventOptions options, int labels, int stepMs = 100) =>
        new(options, [.. Enumerable.Range(0, labels).Select(i => $"{i}")], 0.01, 0, TimeSpan.FromMilliseconds(stepMs), TimeSpan.Zero);
}
