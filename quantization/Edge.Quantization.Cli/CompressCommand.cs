using System.Globalization;
using Edge.Cli;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Cli;

/// <summary>`edgec compress`: fewer heads, channels and ranks; the mean of several checkpoints.</summary>
internal static class CompressCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec compress", "MODEL.onnx|MODEL.tflite [CHECKPOINT …]",
        """
        Makes a float network smaller before it is quantized, and says after each step what it cost: parameters, products, how far the outputs
        moved, and with --evaluate accuracy. Several models are averaged first. Layers are fitted to what is left of their inputs from calibration data alone;
        after large cuts the network wants fine-tuning, which is the training program's work.
        """,
        "edgec compress net.onnx --calibration clips/ --max-parameters 20000 --evaluate labelled/ --max-loss 1 --out net.small.onnx",
        [
            new Option("average", "HOW", "several models: uniform, the mean of all; greedy, from the best on, those that make the mean no worse (needs --evaluate)", "uniform"),
            new Option("prune-heads", "SHARE", "take out this share of all attention heads, 0 to 1, those that are needed least"),
            new Option("prune-channels", "SHARE", "take out this share of all hidden channels, and fit the layers behind to what stays"),
            new Option("max-parameters", "N", "take out as many hidden channels as it takes to have no more parameters than this"),
            new Option("max-products", "N", "the same for the products (multiply-accumulates) of one calibration sample"),
            new Option("channel-multiple", "N", "leave a multiple of N channels where some are taken out, as kernels like it", "1"),
            new Option("factorize", "ENERGY", "cut linear layers in two where this share of their output variance, such as 0.99, needs fewer weights so"),
            .. CalibrationArguments.Options,
            new Option("evaluate", "CLIPS", "folder that holds a folder of clips for each class: measure accuracy after each step"),
            .. ClipArguments.LabelOptions,
            .. ClipArguments.ScoreOptions,
            new Option("max-loss", "POINTS", "exit code 1 where accuracy ends so much below the first model's; the file is written all the same"),
            .. FrontEndArguments.Options,
            new Option("out", "FILE", "the smaller network, float ONNX"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    /// <summary>How several checkpoints become one network.</summary>
    private enum Averaging
    {
        Uniform,
        Greedy,
    }

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        string output = OutputFile.Onnx(arguments, "out", arguments.Operands)!;
        CompressionOptions options = Options(arguments);
        Averaging averaging = arguments.Choice<Averaging>("average");
        double? maxLoss = arguments.Has("max-loss") ? arguments.Double("max-loss", 0, 100) : null;
        bool evaluates = arguments.Has("evaluate") || arguments.Has("labels-file");
        Check(arguments, options, evaluates);
        ModelGraph[] checkpoints = [.. arguments.Operands.Select(ReadFloat)];
        IReadOnlyList<LabelledClip> clips = evaluates ? ClipArguments.Find(arguments, arguments.TextOrNull("evaluate")) : [];
        var rows = new List<CompressionRow>();
        try
        {
            using var progress = new StageProgress();
            IReadOnlyList<int>? members = null;
            ModelGraph graph = checkpoints[0];
            if (checkpoints.Length > 1)
            {
                rows.AddRange(checkpoints.Select((checkpoint, i) => new CompressionRow(arguments.Operands[i], checkpoint)));
                (graph, members) = Average(arguments, checkpoints, averaging, clips, progress, cancellationToken);
            }

            FrontEndOptions? frontEnd = FrontEndArguments.ReadOrNull(arguments, graph);
            string start = members is null ? "original" : $"average of {members.Count}";
            if (options.Any)
            {
                CalibrationData data = CalibrationArguments.Open(arguments, graph.Inputs, frontEnd);
                IReadOnlyList<CompressionStep> steps = Compressor.Run(graph, data, options, progress.Begin, cancellationToken);
                rows.AddRange(steps.Select((step, i) => new CompressionRow(i == 0 ? start : step.Name, step.Graph, step)));
            }
            else
            {
                rows.Add(new CompressionRow(start, graph));
            }

            HeardClips? heard = evaluates ? Hear(arguments, rows, clips, progress, cancellationToken) : null;
            progress.Dispose();
            if (frontEnd is not null)
            {
                ModelMetadata.SetFrontEnd(rows[^1].Graph, frontEnd);
            }

            OnnxWriter.Write(rows[^1].Graph, output);
            var report = new CompressionReport(output, rows, members, heard);
            report.Write(arguments.Has("json"));
            return WithinLoss(report, maxLoss, output) ? ExitCode.Done : ExitCode.WorkFailed;
        }
        catch (OnnxRuntimeException e)
        {
            return RuntimeFailure.Report($"{arguments.Operands[0]} runs in ONNX Runtime, and that failed", e);
        }
    }

    private static void Check(Arguments arguments, CompressionOptions options, bool evaluates)
    {
        if (arguments.Operands.Count == 0)
        {
            throw new UsageException("edgec compress takes at least one model.");
        }

        if (arguments.Operands.GroupBy(path => path).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException($"{twice.Key} is given twice; expected each checkpoint once.");
        }

        if (arguments.Operands.Count == 1 && arguments.Has("average"))
        {
            throw new UsageException("--average is for several checkpoints; found one.");
        }

        if (arguments.Operands.Count == 1 && !options.Any)
        {
            throw new UsageException("There is nothing to do: give --prune-heads, --prune-channels, --max-parameters, --max-products or --factorize, or several checkpoints to average.");
        }

        if (options.ChannelMultiple > 1 && options is { PruneChannels: 0, Limit: null })
        {
            throw new UsageException("--channel-multiple goes with --prune-channels, --max-parameters or --max-products.");
        }

        string[] needy = ["max-loss", .. ClipArguments.LabelOptions.Concat(ClipArguments.ScoreOptions).Select(option => option.Name)];
        if (!evaluates && (Array.Find(needy, arguments.Has) ?? (arguments.TextOrNull("average") == "greedy" ? "average greedy" : null)) is { } given)
        {
            throw new UsageException($"--{given} needs labelled clips; give --evaluate CLIPS or --labels-file FILE.csv.");
        }
    }

    private static ModelGraph ReadFloat(string path)
    {
        ModelGraph graph = ModelFile.Read(path);
        graph.RequireFloatNetwork();
        graph.RequireFiniteConstants();
        return graph;
    }

    private static CompressionOptions Options(Arguments arguments)
    {
        double Share(string name, double fallback) => arguments.Has(name) ? arguments.Double(name, 0, 1) : fallback;
        long Most(string name) => arguments.Has(name) ? (long)arguments.Double(name, 1, 1e15) : long.MaxValue;
        var options = new CompressionOptions
        {
            PruneHeads = Share("prune-heads", 0),
            PruneChannels = Share("prune-channels", 0),
            Limit = arguments.Has("max-parameters") || arguments.Has("max-products") ? new ModelCost(Most("max-parameters"), Most("max-products")) : null,
            ChannelMultiple = arguments.Int("channel-multiple", 1, 1024),
            KeepEnergy = Share("factorize", 1),
        };
        if (options is not { PruneHeads: < 1, PruneChannels: < 1, KeepEnergy: > 0 })
        {
            throw new UsageException("All heads or channels cannot go, and some energy must stay; expected --prune-heads and --prune-channels below 1, --factorize above 0.");
        }

        return options.Limit is null || !arguments.Has("prune-channels") ? options : throw new UsageException(
            "--prune-channels says how many channels go, and --max-parameters and --max-products leave that to the tool; expected one or the other.");
    }

    private static (ModelGraph Graph, IReadOnlyList<int> Members) Average(
        Arguments arguments, ModelGraph[] checkpoints, Averaging averaging, IReadOnlyList<LabelledClip> clips, StageProgress progress, CancellationToken cancellationToken)
    {
        string name = checkpoints[0].Name;
        for (int i = 0; i < checkpoints.Length; i++)
        {
            checkpoints[i].Name = arguments.Operands[i]; // exporters give all of them one name
        }

        (ModelGraph Graph, IReadOnlyList<int> Members) average;
        if (averaging == Averaging.Uniform)
        {
            average = (CheckpointAverage.Uniform(checkpoints), [.. Enumerable.Range(0, checkpoints.Length)]);
        }
        else
        {
            (average.Graph, _, average.Members) = CheckpointAverage.Greedy(
                checkpoints, graph => Hear(arguments, [new CompressionRow("average", graph)], clips, progress, cancellationToken).CorrectOf(0));
        }

        average.Graph.Name = name;
        return average;
    }

    private static HeardClips Hear(
        Arguments arguments, IReadOnlyList<CompressionRow> rows, IReadOnlyList<LabelledClip> clips, StageProgress progress, CancellationToken cancellationToken)
    {
        var models = new List<EvaluatedModel>();
        try
        {
            foreach (CompressionRow row in rows)
            {
                models.Add(ClipArguments.Open(arguments, row.Name, row.Graph, file: OnnxWriter.Write(row.Graph)));
            }

            return ClipArguments.Hear(arguments, models, clips, count => progress.Begin("accuracy", count), cancellationToken);
        }
        finally
        {
            models.ForEach(model => model.Dispose());
        }
    }

    private static bool WithinLoss(CompressionReport report, double? maxLoss, string output)
    {
        if (maxLoss is not { } most || report.LossPoints <= most)
        {
            return true;
        }

        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"edgec: accuracy ends {report.LossPoints:0.00} points below the first model's; --max-loss allows {most}. {output} was written all the same."));
        return false;
    }
}
