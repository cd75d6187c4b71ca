using System.Diagnostics;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>What became of many damaged models.</summary>
/// <param name="Count">How many were read.</param>
/// <param name="Sound">How many of them were accepted.</param>
/// <param name="Slowest">The longest time that one took.</param>
/// <param name="SlowestName">Which that was.</param>
/// <param name="Escaped">
/// Those that ended otherwise than by a <see cref="GraphFormatException"/> with a place, or an <see cref="InvalidDataException"/> that names the file, and how.
/// </param>
internal sealed record TfLiteMutationRun(int Count, int Sound, TimeSpan Slowest, string SlowestName, IReadOnlyList<string> Escaped)
{
    private const int MostEscapes = 20;

    /// <summary>Damages the models in turn and reads every copy.</summary>
    /// <param name="models">Sound models by name.</param>
    /// <param name="first">Number of the first damaged copy; the same numbers give the same copies.</param>
    /// <param name="count">How many copies.</param>
    /// <param name="read">Reads one: bytes, and the name that messages must begin with.</param>
    /// <param name="progress">Told of each copy; may be null.</param>
    public static TfLiteMutationRun Run(
        IReadOnlyList<(string Name, byte[] Bytes)> models, int first, int count, Action<ReadOnlyMemory<byte>, string> read, Action<int>? progress = null)
    {
        (string Name, TfLiteMutator Mutator)[] mutators = [.. models.Select(model => (model.Name, new TfLiteMutator(model.Bytes)))];
        int sound = 0;
        (TimeSpan Time, string Name) slowest = (TimeSpan.Zero, "");
        var escaped = new List<string>();
        for (int number = first; number < first + count && escaped.Count < MostEscapes; number++)
        {
            (string model, TfLiteMutator mutator) = mutators[number % mutators.Length];
            string name = $"{model}#{number}";
            byte[] copy = mutator.Mutate(number);
            long start = Stopwatch.GetTimestamp();
            try
            {
                read(copy, name);
                sound++;
            }
            catch (GraphFormatException fault)
            {
                if (fault.Place.Length == 0 || !fault.Message.StartsWith(name, StringComparison.Ordinal))
                {
                    escaped.Add($"{name}: no place: {fault.Message}");
                }
            }
            catch (InvalidDataException fault) when (fault.Message.Contains(name, StringComparison.Ordinal))
            {
                // A sound model that its labels, front end or detector do not fit.
            }
#pragma warning disable CA1031 // That nothing else is ever thrown is what is tested.
            catch (Exception e)
#pragma warning restore CA1031
            {
                escaped.Add($"{name}: {e}");
            }

            TimeSpan time = Stopwatch.GetElapsedTime(start);
            slowest = time > slowest.Time ? (time, name) : slowest;
            progress?.Invoke(number - first + 1);
        }

        return new TfLiteMutationRun(count, sound, slowest.Time, slowest.Name, escaped);
    }
}
