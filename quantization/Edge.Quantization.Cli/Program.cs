using System.Globalization;
using Edge.Cli;
using Edge.Quantization.Cli;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var interruption = new Interruption();
var program = new CommandLine(
    "edgec",
    "From recordings and trained networks to .edge models.",
    FeaturesCommand.Command,
    CompressCommand.Command,
    QuantizeCommand.Command,
    BuildCommand.Command,
    ImportCommand.Command,
    CheckpointCommand.Command,
    AnalyzeCommand.Command,
    DiffCommand.Command,
    EvaluateCommand.Command,
    ScoresCommand.Command,
    SoundscapeCommand.Command)
{
    CancellationToken = interruption.Token,
};
return program.Run(args);
