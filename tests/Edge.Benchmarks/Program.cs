using System.Globalization;
using Edge.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string root = Repository.Root;
string results = args is ["--results", var folder] ? folder : Path.Combine(root, "tests", "Edge.Benchmarks", "results");

var contest = new Contest();
FrontEndEntries.Add(contest, Path.Combine(root, "samples", "recordings", "keywords.wav"));
NetworkEntries.Add(
    contest,
    Path.Combine(root, "samples", "models", "wake-words.edge"),
    Path.Combine(root, "quantization", "recipes", "wake-words"));

Report report = contest.Run(progress: Console.Error);
report.Print(Console.Out);
report.Save(results);
return 0;
