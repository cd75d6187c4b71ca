using System.Globalization;
using Edge.Benchmarks;
using Edge.Benchmarks.Endurance;
using Edge.Numerics;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["calibration-memory", ..])
{
    return CalibrationMemory.Run(args[1..]);
}

if (args is ["soak", ..])
{
    return Soak.Run(args[1..]);
}

if (args is ["one-core", ..])
{
    return OneCore.Run(args[1..]);
}

if (args is ["tflite-mutations", ..])
{
    return TfLiteMutations.Run(args[1..]);
}

if (args is ["spikes"])
{
    var layers = new Contest();
    SpikeEntries.Add(layers);
    layers.Run(progress: TextWriter.Null).Print(Console.Out);
    return 0;
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

if (args is ["families" or "family-operators", ..])
{
    // families [FOLDER [NAME]]: networks that lie in FOLDER, or in artifacts/families or their recipe; those with NAME in their name alone.
    string recipes = Path.Combine(root, "quantization", "recipes");
    var families = new FamilyEntries(
        [args.Length > 1 ? args[1] : Path.Combine(root, "artifacts", "families"), .. Array.ConvertAll(["tiny-transformer", "wav2small", "lmuformer"], recipe => Path.Combine(recipes, recipe))]);
    string? named = args.Length > 2 ? args[2] : null;
    if (args[0] == "family-operators")
    {
        families.PrintOperators(Console.Out, named);
        return 0;
    }

    var race = new Contest();
    families.Add(race, named);
    Report result = race.Run(progress: TextWriter.Null);
    result.Print(Console.Out);
    if (named is null)
    {
        result.Save(Path.Combine(root, "tests", "Edge.Benchmarks", "results"), "families");
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
