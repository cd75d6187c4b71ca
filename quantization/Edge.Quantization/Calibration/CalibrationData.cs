using Edge.Features;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>What a graph is calibrated on: recordings through its front end, or arrays from .npy files, one sample in memory at a time.</summary>
/// <remarks>
/// A graph of one input takes recordings (sound files), features [frames, features] as `edgec features` writes them or as floats, and
/// tensors of the input's own shape. A model of a fixed number of frames gets windows of that many, one behind the other; what remains
/// of a clip is left out, and a clip too short for one window is padded with silence. A model of any length gets whole clips, long
/// ones in pieces. A graph of several inputs takes a folder that holds, for each input, a folder of its name with .npy files.
/// </remarks>
public sealed class CalibrationData
{
    private readonly IReadOnlyList<Clip> clips;
    private readonly Func<Clip, IEnumerable<CalibrationSample>> read;

    private CalibrationData(IReadOnlyList<Clip> clips, Func<Clip, IEnumerable<CalibrationSample>> read) => (this.clips, this.read) = (clips, read);

    /// <summary>Number of clips: recordings, or arrays.</summary>
    public int Count => clips.Count;

    /// <summary>Finds the clips, checks what can be checked without reading all of them, and that not all hold silence.</summary>
    /// <param name="graph">The graph to be calibrated.</param>
    /// <param name="paths">Files, and folders that are searched with all below them.</param>
    /// <param name="frontEnd">The front end; null for the one that the graph's metadata names, if any.</param>
    /// <param name="options">Which clips are used, and how.</param>
    /// <exception cref="FileNotFoundException">A path names nothing, or a folder without clips.</exception>
    /// <exception cref="InvalidDataException">A clip does not fit the graph, or all hold silence.</exception>
    /// <exception cref="IOException">A clip cannot be read.</exception>
    public static CalibrationData Open(ModelGraph graph, IEnumerable<string> paths, FrontEndOptions? frontEnd, CalibrationOptions options) =>
        Open(graph.Inputs, paths, frontEnd ?? ModelMetadata.FrontEnd(graph), options);

    /// <summary>As above, for a model of which only the inputs are known.</summary>
    /// <param name="inputs">What the model takes.</param>
    /// <param name="paths">Files, and folders that are searched with all below them.</param>
    /// <param name="frontEnd">The front end; null where there is none.</param>
    /// <param name="options">Which clips are used, and how.</param>
    /// <inheritdoc cref="Open(ModelGraph, IEnumerable{string}, FrontEndOptions?, CalibrationOptions)" path="/exception"/>
    public static CalibrationData Open(IReadOnlyList<ValueInfo> inputs, IEnumerable<string> paths, FrontEndOptions? frontEnd, CalibrationOptions options)
    {
        if (inputs is not [var input])
        {
            var folders = new TensorFolders(inputs, [.. paths]);
            return new CalibrationData(Spread(folders.Clips, options.Limit), folders.Read);
        }

        var reader = new ClipReader(input, frontEnd, options);
        IReadOnlyList<Clip> clips = Spread([.. ClipFiles.Find(paths).SelectMany(reader.Describe)], options.Limit);
        if (clips.Count > 0 && !clips.SelectMany(reader.Read).Any(reader.IsSound))
        {
            throw new InvalidDataException(
                $"All {clips.Count} calibration clips hold silence only: in {clips[0].Path}, as in every other, no frame differs from the first. Give recordings of what the model will hear.");
        }

        return new CalibrationData(clips, reader.Read);
    }

    /// <summary>The samples, in the same order every time.</summary>
    /// <param name="clipDone">Called when all samples of a clip have been taken, <see cref="Count"/> times in all.</param>
    /// <exception cref="InvalidDataException">A clip holds NaN, is too short, or does not fit the graph; the message names it.</exception>
    /// <exception cref="IOException">A clip cannot be read; the message names it.</exception>
    public IEnumerable<CalibrationSample> Samples(Action? clipDone = null)
    {
        foreach (Clip clip in clips)
        {
            foreach (CalibrationSample sample in read(clip))
            {
                yield return sample;
            }

            clipDone?.Invoke();
        }
    }

    private static IReadOnlyList<Clip> Spread(IReadOnlyList<Clip> clips, int? limit) => limit is { } count && count < clips.Count
        ? [.. Enumerable.Range(0, count).Select(i => clips[(int)((long)i * clips.Count / count)])]
        : clips;
}
