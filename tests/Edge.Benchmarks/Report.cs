using System.Text;
using System.Text.Json;
using Edge.Numerics;

namespace Edge.Benchmarks;

/// <summary>What an entry took, in microseconds a unit: the median of its rounds, and its best call.</summary>
internal sealed record Result(string Group, string Name, double MedianMicroseconds, double MinMicroseconds);

/// <summary>The results of a run: as a table for people, as JSON for programs. The first entry of each group is what the others are compared with.</summary>
internal sealed class Report(IReadOnlyList<Result> results, IReadOnlyList<string> notes)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public void Print(TextWriter output)
    {
        output.WriteLine(Machine());
        foreach (IGrouping<string, Result> group in results.GroupBy(r => r.Group))
        {
            Result first = group.First();
            output.WriteLine();
            output.WriteLine($"{group.Key,-52} {"median µs",10} {"best µs",10} {"ratio",8} {"of best",8}");
            foreach (Result result in group)
            {
                output.WriteLine($"  {result.Name,-50} {result.MedianMicroseconds,10:0.00} {result.MinMicroseconds,10:0.00} {result.MedianMicroseconds / first.MedianMicroseconds,8:0.000} {result.MinMicroseconds / first.MinMicroseconds,8:0.000}");
            }
        }

        foreach (string note in notes)
        {
            output.WriteLine();
            output.WriteLine(note);
        }
    }

    /// <summary>Writes a text and a JSON file of this name.</summary>
    public void Save(string folder, string name = "latest")
    {
        Directory.CreateDirectory(folder);
        var text = new StringWriter(new StringBuilder());
        Print(text);
        File.WriteAllText(Path.Combine(folder, $"{name}.txt"), text.ToString());
        File.WriteAllText(Path.Combine(folder, $"{name}.json"), JsonSerializer.Serialize(new { Machine = Machine(), Results = results, Notes = notes }, Indented) + "\n");
    }

    private static string Machine() =>
        $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}, kernels {string.Join(", ", InstructionSet.Supported).ToLowerInvariant()}";
}
