using System.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Recordings' features in .npy files, one recording in memory at a time.</summary>
public static class CalibrationSet
{
    /// <summary>The .npy files that paths name: files themselves, and all files of folders in order of their names.</summary>
    /// <exception cref="FileNotFoundException">A path names nothing, or a folder without .npy files.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (string path in paths)
        {
            if (!Directory.Exists(path))
            {
                files.Add(File.Exists(path) ? path : throw new FileNotFoundException($"{path} does not exist; expected a .npy file or a folder of them.", path));
                continue;
            }

            string[] found = Directory.GetFiles(path, "*.npy");
            Array.Sort(found, StringComparer.Ordinal);
            files.AddRange(found.Length > 0 ? found : throw new FileNotFoundException($"The folder {path} holds no .npy file. `edgec features` makes them.", path));
        }

        return files;
    }

    /// <summary>The recordings of files shaped [frames, features] or [recordings, frames, features].</summary>
    /// <param name="files">The files.</param>
    /// <param name="features">Features of a frame.</param>
    /// <param name="fractionBits">Fractional bits of integer files, as `edgec features` writes them; float files hold real values.</param>
    /// <param name="done">Called with each file that has been read to its end.</param>
    /// <returns>Tensors [1, frames, features].</returns>
    /// <exception cref="InvalidDataException">A file has another shape or element type.</exception>
    public static IEnumerable<OnnxTensor> Read(IReadOnlyList<string> files, int features, int fractionBits, Action<string>? done = null)
    {
        foreach (string file in files)
        {
            using NpyReader reader = NpyReader.Open(file);
            IReadOnlyList<long> dims = reader.Dims;
            if (dims.Count is not (2 or 3) || dims[^1] != features || dims[^2] == 0)
            {
                throw new InvalidDataException($"{file} has shape [{string.Join(", ", dims)}]; expected [frames, {features}] or [recordings, frames, {features}].");
            }

            long recordings = dims.Count == 3 ? dims[0] : 1;
            for (long i = 0; i < recordings; i++)
            {
                yield return OnnxTensor.Of([1L, dims[^2], features], ReadFloats(reader, file, checked((int)(dims[^2] * features)), fractionBits));
            }

            done?.Invoke(file);
        }
    }

    private static float[] ReadFloats(NpyReader reader, string file, int count, int fractionBits)
    {
        switch (reader.ElementType)
        {
            case ElementType.Float32:
                var values = new float[count];
                reader.Read(values.AsSpan());
                return values;
            case ElementType.Int16:
                return FromIntegers<short>(reader, count, fractionBits);
            case ElementType.Int32:
                return FromIntegers<int>(reader, count, fractionBits);
            default:
                throw new InvalidDataException($"{file} holds {reader.ElementType}; expected float32, or int16 or int32 as `edgec features` writes.");
        }
    }

    private static float[] FromIntegers<T>(NpyReader reader, int count, int fractionBits)
        where T : unmanaged, IBinaryInteger<T>
    {
        var integers = new T[count];
        reader.Read(integers.AsSpan());
        float unit = MathF.ScaleB(1, -fractionBits);
        return Array.ConvertAll(integers, value => int.CreateChecked(value) * unit);
    }
}
