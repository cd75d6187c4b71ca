using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Edge.Quantization.Tests.Checkpoints;

/// <summary>
/// Wav2Small2.0 in double precision, loop by loop as its publication describes it, with weights from a seed; writes itself as the published file is laid
/// out. Shares nothing with what it judges.
/// </summary>
internal sealed class Wav2SmallModule
{
    private const int Bands = 26, Bins = 33, Window = 64, Hop = 32, Channels = 13;

    private readonly Random random;

    public Wav2SmallModule(int seed)
    {
        random = new Random(seed);
        Add("vgg7.spectrogram_extractor.conv_real.weight", [Bins, 1, Window], [.. Fourier(Math.Cos)]);
        Add("vgg7.spectrogram_extractor.conv_imag.weight", [Bins, 1, Window], [.. Fourier(angle => -Math.Sin(angle))]);
        Add("vgg7.logmel_extractor.melW", [Bins, Bands], Mel());
        Add("vgg7.logmel_extractor.amin", [1], [1e-10]);
        for (int layer = 1; layer <= 7; layer++)
        {
            int inputs = layer == 1 ? 1 : Channels;
            Add($"vgg7.l{layer}.conv.weight", [Channels, inputs, 3, 3], Uniform(Channels * inputs * 9, 1.5 / Math.Sqrt(inputs * 9), 0));
            Add($"vgg7.l{layer}.norm.weight", [Channels], Uniform(Channels, 0.3, 1));
            Add($"vgg7.l{layer}.norm.bias", [Channels], Uniform(Channels, 0.3, 0.2));
            Add($"vgg7.l{layer}.norm.running_mean", [Channels], Uniform(Channels, 0.5, layer == 1 ? -20 : 0));
            Add($"vgg7.l{layer}.norm.running_var", [Channels], Uniform(Channels, 0.5, layer == 1 ? 100 : 1));
        }

        foreach (string name in (string[])["lin", "sof"])
        {
            Add($"vgg7.{name}.weight", [Channels, Channels, 1, 1], Uniform(Channels * Channels, 0.6, 0));
            Add($"vgg7.{name}.bias", [Channels], Uniform(Channels, 0.3, 0));
        }

        Add("adv.weight", [3, 338], Uniform(3 * 338, 0.1, 0));
        Add("adv.bias", [3], Uniform(3, 0.2, 0.4));
    }

    /// <summary>The tensors by name: shape and elements, which are float32 values.</summary>
    public Dictionary<string, (int[] Shape, double[] Values)> Tensors { get; } = [];

    /// <summary>A safetensors file of them.</summary>
    /// <param name="prefix">What stands before each name.</param>
    public byte[] Write(string prefix = "")
    {
        var header = new JsonObject();
        var data = new List<byte>();
        foreach ((string name, (int[] shape, double[] values)) in Tensors)
        {
            byte[] bytes = MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, value => (float)value)).ToArray();
            header[prefix + name] = new JsonObject
            {
                ["dtype"] = "F32", ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]), ["data_offsets"] = new JsonArray(data.Count, data.Count + bytes.Length),
            };
            data.AddRange(bytes);
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. data];
    }

    /// <summary>Mel energies of each frame of a sound of ±1, [frames][26].</summary>
    public double[][] Energies(double[] sound)
    {
        (double[] real, double[] imaginary, double[] mel) = (Tensors["vgg7.spectrogram_extractor.conv_real.weight"].Values, Tensors["vgg7.spectrogram_extractor.conv_imag.weight"].Values, Tensors["vgg7.logmel_extractor.melW"].Values);
        return [.. Enumerable.Range(0, (sound.Length - Window) / Hop + 1).Select(frame =>
        {
            double[] power = [.. Enumerable.Range(0, Bins).Select(bin => Square(real, bin, frame) + Square(imaginary, bin, frame))];
            return (double[])[.. Enumerable.Range(0, Bands).Select(band => Enumerable.Range(0, Bins).Sum(bin => power[bin] * mel[bin * Bands + band]))];
        })];

        double Square(double[] table, int bin, int frame)
        {
            double sum = Enumerable.Range(0, Window).Sum(i => table[bin * Window + i] * sound[frame * Hop + i]);
            return sum * sum;
        }
    }

    /// <summary>Arousal, dominance and valence of a whole sound.</summary>
    public double[] Run(double[] sound)
    {
        double mean = sound.Average(), power = sound.Average(x => (x - mean) * (x - mean));
        double[] standard = [.. sound.Select(x => (x - mean) / Math.Sqrt(power + 1e-7))];
        double[][][] x = [[.. Energies(standard).Select(frame => Array.ConvertAll(frame, energy => 10 * Math.Log10(Math.Max(energy, 1e-10))))]]; // [channels][frames][bands]
        for (int layer = 1; layer <= 7; layer++)
        {
            x = Convolution(x, $"vgg7.l{layer}");
            x = layer == 3 ? Array.ConvertAll(x, MaxPool) : x;
        }

        (double[][][] values, double[][][] logits) = (Pointwise(x, "vgg7.lin"), Pointwise(x, "vgg7.sof"));
        var pooled = new double[Channels, x[0][0].Length];
        for (int c = 0; c < Channels; c++)
        {
            for (int band = 0; band < pooled.GetLength(1); band++)
            {
                double[] weights = [.. logits[c].Select(frame => Math.Exp(frame[band]))];
                pooled[c, band] = values[c].Select((frame, t) => frame[band] * weights[t]).Sum() / weights.Sum();
            }
        }

        return Scores(pooled);
    }

    private double[] Scores(double[,] pooled)
    {
        int bands = pooled.GetLength(1), row = bands + Channels;
        var flat = new double[Channels * row];
        for (int c = 0; c < Channels; c++)
        {
            for (int i = 0; i < row; i++)
            {
                flat[c * row + i] = i < bands ? pooled[c, i] : Enumerable.Range(0, bands).Sum(band => pooled[c, band] * pooled[i - bands, band]);
            }
        }

        (double[] weight, double[] bias) = (Tensors["adv.weight"].Values, Tensors["adv.bias"].Values);
        return [.. Enumerable.Range(0, 3).Select(k => bias[k] + flat.Select((value, i) => value * weight[k * flat.Length + i]).Sum())];
    }

    private double[][][] Convolution(double[][][] x, string name)
    {
        (double[] weight, int frames, int bands) = (Tensors[$"{name}.conv.weight"].Values, x[0].Length, x[0][0].Length);
        double[][] norm = [.. ((string[])["weight", "bias", "running_mean", "running_var"]).Select(part => Tensors[$"{name}.norm.{part}"].Values)];
        return [.. Enumerable.Range(0, Channels).Select(o => (double[][])[.. Enumerable.Range(0, frames).Select(t => (double[])[.. Enumerable.Range(0, bands).Select(f =>
        {
            double sum = 0;
            for (int tap = 0; tap < 9 * x.Length; tap++)
            {
                (int c, int row, int column) = (tap / 9, t + tap % 9 / 3 - 1, f + tap % 3 - 1);
                sum += row >= 0 && row < frames && column >= 0 && column < bands ? weight[o * 9 * x.Length + tap] * x[c][row][column] : 0;
            }

            return Math.Max(0, (sum - norm[2][o]) / Math.Sqrt(norm[3][o] + 1e-5) * norm[0][o] + norm[1][o]);
        })])])];
    }

    private double[][][] Pointwise(double[][][] x, string name) =>
    [
        .. Enumerable.Range(0, Channels).Select(o => (double[][])[.. Enumerable.Range(0, x[0].Length).Select(t => (double[])[.. Enumerable.Range(0, x[0][0].Length).Select(f =>
            Tensors[$"{name}.bias"].Values[o] + Enumerable.Range(0, Channels).Sum(c => Tensors[$"{name}.weight"].Values[o * Channels + c] * x[c][t][f]))])]),
    ];

    private static double[][] MaxPool(double[][] plane) =>
    [
        .. Enumerable.Range(0, (plane.Length + 1) / 2).Select(t => (double[])[.. Enumerable.Range(0, (plane[0].Length + 1) / 2).Select(f =>
            plane.Where((_, row) => Math.Abs(row - 2 * t) <= 1).Max(line => line.Where((_, column) => Math.Abs(column - 2 * f) <= 1).Max()))]),
    ];

    private static IEnumerable<double> Fourier(Func<double, double> function)
    {
        for (int bin = 0; bin < Bins; bin++)
        {
            for (int i = 0; i < Window; i++)
            {
                yield return (float)(function(2 * Math.PI * bin * i / Window) * Math.Pow(Math.Sin(Math.PI * i / Window), 2));
            }
        }
    }

    /// <summary>librosa.filters.mel(sr=16000, n_fft=64, n_mels=26), transposed.</summary>
    private static double[] Mel()
    {
        double[] hz = [.. Enumerable.Range(0, Bands + 2).Select(i => i * (15 + Math.Log(8) / (Math.Log(6.4) / 27)) / (Bands + 1)).Select(mel => mel < 15 ? mel * (200.0 / 3) : 1000 * Math.Pow(6.4, (mel - 15) / 27))];
        var weights = new double[Bins * Bands];
        for (int i = 0; i < weights.Length; i++)
        {
            (double f, int band) = (i / Bands * 250, i % Bands);
            double rising = (f - hz[band]) / (hz[band + 1] - hz[band]), falling = (hz[band + 2] - f) / (hz[band + 2] - hz[band + 1]);
            weights[i] = (float)(Math.Max(0, Math.Min(rising, falling)) * 2 / (hz[band + 2] - hz[band]));
        }

        return weights;
    }

    private double[] Uniform(int count, double spread, double center) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)(center + spread * (2 * random.NextDouble() - 1)))];

    private void Add(string name, int[] shape, double[] values) => Tensors[name] = (shape, values);
}
