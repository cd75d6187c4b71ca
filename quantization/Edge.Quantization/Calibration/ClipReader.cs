using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Turns clips into what the one input of a graph takes.</summary>
internal sealed class ClipReader
{
    private readonly ValueInfo input;
    private readonly CalibrationOptions options;
    private readonly FrontEndOptions? frontEnd;
    private readonly FeatureExtractor? extractor;
    private readonly InputLayout? layout;
    private bool noted;

    /// <summary>Prepares for an input.</summary>
    /// <exception cref="InvalidDataException">The input does not take what the front end makes.</exception>
    public ClipReader(ValueInfo input, FrontEndOptions? frontEnd, CalibrationOptions options)
    {
        this.input = input;
        this.options = options;
        this.frontEnd = frontEnd;
        extractor = frontEnd is null ? null : Extractor(frontEnd);
        layout = InputLayout.Of(input, extractor?.Bins);
        if (layout is { IsWaveform: true } && frontEnd is PcmOptions)
        {
            extractor = Extractor(new PcmOptions { SampleRateHz = frontEnd.SampleRateHz, WindowSamples = 1, HopSamples = 1 });
        }
        else if (frontEnd is not null && layout is null or { IsWaveform: true })
        {
            throw new InvalidDataException(
                $"The input {input} does not take what the {frontEnd!.Kind} front end makes: {extractor!.Bins} features a frame. Expected a batch of 1, a dimension of {extractor.Bins} and one of frames.{(input.Shape is null ? $" Where the model leaves its shape open, give it, as in --input-shape {input.Name}=1,100,{extractor.Bins}." : "")}");
        }
    }

    /// <summary>The real value of one step of a feature; null where nothing says it.</summary>
    private float? Unit => extractor is null ? null : options.FeatureUnit ?? MathF.ScaleB(1, -extractor.FractionBits);

    /// <summary>The clips of a file.</summary>
    /// <exception cref="InvalidDataException">It does not fit the input; the message says what both are.</exception>
    public IEnumerable<Clip> Describe(string path)
    {
        if (!ClipFiles.IsArray(path))
        {
            return extractor is null || layout is null || input.ElementType != ElementType.Float32
                ? throw new InvalidDataException(
                    $"{path} is a recording, and nothing says how {input} takes sound. Give the front end (pcm for a model of samples), or .npy files of the input's shape.")
                : [new Clip(path)];
        }

        using NpyReader reader = NpyReader.Open(path);
        ArrayForm form = ArrayForm.Of(reader.Dims, input, layout) ?? throw new InvalidDataException(
            $"{path} has shape [{string.Join(", ", reader.Dims)}]; expected {ArrayForm.Expected(layout)}{input}.");
        ArrayElements.Check(reader, path, input.ElementType, extractor is not null);
        return form.Count / Math.Max(form.Recordings, 1) == 0
            ? throw new InvalidDataException($"{path} has shape [{string.Join(", ", reader.Dims)}]; it holds no frame. Leave it out.")
            : Recordings();

        IEnumerable<Clip> Recordings()
        {
            for (long i = 0; i < form.Recordings; i++)
            {
                yield return new Clip(path, i, form.Recordings);
            }
        }
    }

    /// <summary>The samples of a clip.</summary>
    public IEnumerable<CalibrationSample> Read(Clip clip) => ClipFiles.IsArray(clip.Path) ? ReadArray(clip) : Windows(clip, FromSound(clip));

    /// <summary>Whether anything changes from frame to frame.</summary>
    public bool IsSound(CalibrationSample sample)
    {
        OnnxTensor tensor = sample.Tensors[input.Name];
        if (tensor.ElementType != OnnxElementType.Float32)
        {
            return true;
        }

        ReadOnlySpan<float> elements = tensor.Elements<float>();
        int features = layout is null || elements.Length == layout.Features ? 1 : layout.Features;
        int frames = elements.Length / features;
        for (int i = 0; i < elements.Length; i++)
        {
            int first = layout is { TimeFirst: false } ? i / frames * frames : i % features;
            if (elements[i] != elements[first])
            {
                return true;
            }
        }

        return false;
    }

    private FeatureExtractor Extractor(FrontEndOptions made) => new(made, options.Channel)
    {
        RequireWhole = true,
        Resampled = (path, rateHz) =>
        {
            if (!noted)
            {
                noted = true;
                options.Note?.Invoke($"{path} has {rateHz} Hz and the front end {made.SampleRateHz}: recordings of other rates are resampled.");
            }
        },
    };

    private IEnumerable<CalibrationSample> ReadArray(Clip clip)
    {
        using NpyReader reader = NpyReader.Open(clip.Path);
        ArrayForm form = ArrayForm.Of(reader.Dims, input, layout)!;
        long count = form.Count / form.Recordings;
        reader.Skip(clip.Index * count);
        if (!form.IsFrames)
        {
            yield return Sample($"{clip}", ArrayElements.Tensor(reader, clip.Path, input.ElementType, [1, .. form.Dims[1..]], Unit));
            yield break;
        }

        foreach (CalibrationSample sample in Windows(clip, FromArray(reader, clip, count)))
        {
            yield return sample;
        }
    }

    /// <summary>Frames that run through the model at once.</summary>
    private int PieceFrames()
    {
        if (layout!.Frames > 0)
        {
            return layout.Frames;
        }

        int hop = layout.IsWaveform ? 1 : frontEnd?.HopSamples ?? 1;
        double frames = frontEnd is null ? double.MaxValue : options.MaxSeconds * frontEnd.SampleRateHz / hop;
        return (int)Math.Clamp(frames, 1, Array.MaxLength / layout.Features);
    }

    private IEnumerable<float[]> FromSound(Clip clip)
    {
        float unit = Unit!.Value;
        return extractor!.ExtractPieces(clip.Path, PieceFrames()).Select(piece => Array.ConvertAll(piece, feature => feature * unit));
    }

    private IEnumerable<float[]> FromArray(NpyReader reader, Clip clip, long count)
    {
        int length = PieceFrames() * layout!.Features;
        for (long left = count; left > 0; left -= length)
        {
            yield return ArrayElements.Floats(reader, clip.Path, (int)Math.Min(length, left), Unit);
        }
    }

    private IEnumerable<CalibrationSample> Windows(Clip clip, IEnumerable<float[]> pieces)
    {
        int full = PieceFrames();
        long start = 0;
        foreach (float[] piece in pieces)
        {
            int frames = piece.Length / layout!.Features;
            if (frames < full && start > 0)
            {
                yield break; // the rest of a clip that has been heard
            }

            float[] window = frames < layout.Frames ? Pad(clip, piece) : piece;
            OnnxTensor tensor = OnnxTensor.Of(layout.Dims(window.Length / layout.Features), layout.Arrange(window));
            yield return Sample(start > 0 ? $"{clip}[{start}]" : $"{clip}", tensor);
            start += frames;
        }

        if (start == 0)
        {
            throw new InvalidDataException($"{clip} is too short: not one frame of {frontEnd!.WindowSamples} samples at {frontEnd.SampleRateHz} Hz. Leave it out.");
        }
    }

    private float[] Pad(Clip clip, float[] piece)
    {
        int frames = piece.Length / layout!.Features;
        if (extractor is null)
        {
            throw new InvalidDataException(
                $"{clip} has {frames} frames; the input {input} takes {layout.Frames}. Give longer clips, or the front end, whose silence fills them up.");
        }

        float unit = Unit!.Value;
        float[] silence = Array.ConvertAll(extractor.Silence(), feature => feature * unit);
        return [.. piece, .. Enumerable.Repeat(silence, layout.Frames - frames).SelectMany(frame => frame)];
    }

    private CalibrationSample Sample(string name, OnnxTensor tensor) => new(name, new Dictionary<string, OnnxTensor> { [input.Name] = tensor });
}
