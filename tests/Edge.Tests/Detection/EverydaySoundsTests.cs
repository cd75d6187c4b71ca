using Edge.Detection;

namespace Edge.Tests.Detection;

/// <summary>The settings beside the sample SoundEvents suit YAMNet's labels.</summary>
public class EverydaySoundsTests
{
    [Fact]
    public void Each_sound_is_made_of_labels_of_yamnet()
    {
        // index,mid,display_name, the last in quotation marks where it has commas
        string[] labels = [.. File.ReadLines(Repository.Shared("models", "yamnet-class-map.csv")).Skip(1).Select(line => line.Split(',', 3)[2].Trim('"'))];
        Assert.Equal(521, labels.Length);
        var options = (SoundEventOptions)DetectionFile.Read(Repository.PathTo("samples", "SoundEvents", "everyday.json"), labels);
        Assert.Equal(["Siren", "Civil defense siren"], options.Classes.Single(one => one.Name == "siren").Labels.Take(2).Select(index => labels[index]));
        var detector = new SoundEventDetector(options, labels, 1.0 / 256, -128, TimeSpan.FromMilliseconds(480), TimeSpan.FromMilliseconds(975));
        Assert.Equal(0, detector.Finish().Length);
    }
}
