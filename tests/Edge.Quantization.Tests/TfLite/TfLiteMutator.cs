using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Makes damaged copies of a model: bytes flipped, fields set to extremes, ranges copied over others, ends cut off.</summary>
internal sealed class TfLiteMutator
{
    private const int MostChanges = 4;

    private readonly byte[] model;

    /// <summary>Where bytes are that describe the model; weights are most of a file, and any weight is a sound one.</summary>
    private readonly int[] structure;

    /// <summary>Damages copies of <paramref name="model"/>, which is sound.</summary>
    public TfLiteMutator(byte[] model)
    {
        this.model = model;
        var weight = new bool[model.Length];
        foreach (TfLiteTensor tensor in TfLiteModel.Read(model, "model").Subgraphs.SelectMany(subgraph => subgraph.Tensors))
        {
            if (MemoryMarshal.TryGetArray(tensor.Data, out ArraySegment<byte> data))
            {
                weight.AsSpan(data.Offset, data.Count).Fill(true);
            }
        }

        structure = [.. Enumerable.Range(0, model.Length).Where(position => !weight[position])];
    }

    /// <summary>The damaged copy of this number; the same number gives the same bytes.</summary>
    public byte[] Mutate(int number)
    {
        var random = new Random(number);
        if (random.Next(20) == 0)
        {
            return model[..random.Next(model.Length)];
        }

        byte[] copy = [.. model];
        for (int changes = random.Next(1, MostChanges + 1); changes > 0; changes--)
        {
            Change(copy, random);
        }

        return copy;
    }

    private void Change(byte[] copy, Random random)
    {
        int position = random.Next(8) == 0 ? random.Next(copy.Length) : structure[random.Next(structure.Length)];
        switch (random.Next(5))
        {
            case 0:
                copy[position] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                copy[position] = (byte)random.Next(256);
                break;
            case 2 when position / 4 * 4 + 4 <= copy.Length:
                BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(position / 4 * 4), Extreme(copy.Length, random));
                break;
            case 3 when position / 2 * 2 + 2 <= copy.Length:
                BinaryPrimitives.WriteInt16LittleEndian(copy.AsSpan(position / 2 * 2), (short)Extreme(copy.Length, random));
                break;
            default:
                int source = structure[random.Next(structure.Length)];
                int length = Math.Min(random.Next(1, 33), copy.Length - Math.Max(source, position));
                copy.AsSpan(source, length).CopyTo(copy.AsSpan(position));
                break;
        }
    }

    private static int Extreme(int length, Random random) => random.Next(9) switch
    {
        0 => int.MinValue,
        1 => int.MaxValue,
        2 => -1,
        3 => 0,
        4 => 1,
        5 => length,
        6 => unchecked((int)0x7FC0_0000), // a float that is no number
        7 => random.Next(256),
        _ => random.Next(length),
    };
}
