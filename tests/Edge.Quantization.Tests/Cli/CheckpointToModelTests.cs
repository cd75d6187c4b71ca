using Edge.Audio;
using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Cli;
using Edge.Quantization.Tests.Checkpoints;

namespace Edge.Quantization.Tests.Cli;

/// <summary>From a file of published weights to a model that hears, as on the command line.</summary>
public sealed class CheckpointToModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Wav2Small_becomes_a_model_that_tells_arousal_dominance_and_valence()
    {
        TestGraphs.RequireOnnxRuntime();
        File.WriteAllBytes(At("model.safetensors"), new Wav2SmallModule(1).Write());
        File.WriteAllText(At("detection.json"), """{"kind":"utterance","regression":true}""");
        WavWriter.Write(At("speech.wav"), SyntheticSignal.Generate(1, 16_000), 16_000);

        Assert.Equal(ExitCode.Done, Run("checkpoint", At("model.safetensors"), "--level", "-30", "--out", At("net.onnx")));
        Assert.Equal(ExitCode.Done, Run(
            "build", At("net.onnx"), "--calibration", At("speech.wav"), "--preset", "fast", "--detection", At("detection.json"), "--step-frames", "50", "--out", At("net.edge")));

        using AudioModel model = AudioModel.Load(At("net.edge"));
        Assert.Equal(["arousal", "dominance", "valence"], model.Labels);
        Assert.True(model.Verify());
        Assert.DoesNotContain(model.Network.Operators, op => op.Kind == "softmax");
        Assert.InRange(model.Network.FileBytes, 0, 32_000);
    }

    [Theory]
    [InlineData("--level", "12")]
    [InlineData("--level", "loud")]
    public void A_level_that_is_none_is_wrong_usage(string option, string value)
    {
        File.WriteAllBytes(At("model.safetensors"), new Wav2SmallModule(1).Write());
        Assert.Equal(ExitCode.WrongUsage, Run("checkpoint", At("model.safetensors"), option, value, "--out", At("net.onnx")));
        Assert.False(File.Exists(At("net.onnx")));
    }

    private static int Run(string command, params string[] arguments) =>
        new CommandLine("edgec", "", CheckpointCommand.Command, BuildCommand.Command).Run([command, .. arguments], TextWriter.Null, TextWriter.Null);

    private string At(string name) => Path.Combine(folder, name);
}
