using Edge.Cli;
using Edge.Quantization.Cli;
using Edge.Quantization.Tests.Checkpoints;

namespace Edge.Quantization.Tests.Cli;

public sealed class CheckpointCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-checkpoint-command-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Wrong_usage_and_files_of_other_networks_are_told_apart()
    {
        string weights = Path.Combine(folder, "weights.pt"), output = Path.Combine(folder, "out.onnx");
        File.WriteAllBytes(weights, new TorchSketch().Opcodes((byte)'}').Text("w").Tensor([1], [1], 0, 5).Opcodes((byte)'s').Archive());

        Expect(ExitCode.WrongUsage, "takes one file of weights; found 0");
        Expect(ExitCode.BadInputFile, "expected a file of weights", Path.Combine(folder, "none.pt"));
        Expect(ExitCode.WrongUsage, "Did you mean distilhubert?", weights, "--architecture", "distilbert", "--out", output);
        Expect(ExitCode.WrongUsage, "--depth is missing; a sub-network is said by --embed, --heads, --ffn-ratio and --depth together", weights, "--embed", "640", "--heads", "10", "--ffn-ratio", "4", "--out", output);
        Expect(ExitCode.WrongUsage, "expected one number above 0, or 12 with commas", weights, "--embed", "640", "--heads", "10,8", "--ffn-ratio", "4", "--depth", "12", "--out", output);
        Expect(ExitCode.BadInputFile, "its 1 tensors are those of no network that is known", weights, "--out", output);
        Expect(ExitCode.BadInputFile, "no tensor is named post_extract_proj.weight", weights, "--architecture", "hubert-base", "--out", output);
        Assert.False(File.Exists(output));
    }

    private static void Expect(int code, string message, params string[] arguments)
    {
        using var errors = new StringWriter();
        var program = new CommandLine("edgec", "", CheckpointCommand.Command);
        Assert.Equal(code, program.Run(["checkpoint", .. arguments], errors: errors));
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
    }
}
