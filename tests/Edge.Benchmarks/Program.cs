using System.Globalization;
using Edge.Benchmarks;
using Edge.Numerics;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["calibration-memory", ..])
{
    return CalibrationMemory.Run(args[1..]);
}

if (args is ["tflite-mutations", ..])
{
    return TfLiteMutations.Run(args[1..]);
}

string root = Repository.Root;
var imported = new ImportedEntries(Path.Combine(root, "..", "shared", "models"));
if (args is ["operators", .. var sets])
{
    foreach (KernelSet set in sets is [] ? [InstructionSet.Best] : sets.Select(InstructionSet.Choose))
    {
        imported.PrintOperators(Console.Out, set);
    }

    return 0;
}

string model = Path.Combine(root, "samples", "models", "wake-words.edge");

var contest = new Contest();
if (args is ["networks"])
{
    AddNetworks();
    contest.Run(progress: TextWriter.Null).Print(Console.Out);
    return 0;
}

FrontEndEntries.Add(contest, Path.Combine(root, "samples", "recordings", "keywords.wav"));
HistogramEntries.Add(contest);
AddNetworks();
ProcessEntries.Add(contest, Path.Combine(root, "artifacts", "host", OperatingSystem.IsWindows() ? "edge.exe" : "edge"), model);

Report report = contest.Run(progress: Console.Error);
report.Print(Console.Out);
report.Save(Path.Combine(root, "tests", "Edge.Benchmarks", "results"));
return 0;

void AddNetworks()
{
    imported.Add(contest);
    NetworkEntries.Add(contest, model, Path.Combine(root, "quantization", "recipes", "wake-words"));
}
