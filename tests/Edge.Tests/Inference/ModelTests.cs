using Edge.Inference;
using Edge.Numerics;

namespace Edge.Tests.Inference;

public sealed class ModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-model-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_mapped_file_gives_the_same_model_as_its_bytes()
    {
        byte[] bytes = Networks.Streaming().Write();
        using Model mapped = Model.Load(Save(bytes));
        Model loaded = Model.Load(bytes, "memory");
        Assert.Equal(bytes.Length, mapped.FileBytes);
        Assert.Equal(SessionTests.Scores(loaded, 20), SessionTests.Scores(mapped, 20));
        Assert.Equal("memory", loaded.Source);
    }

    [Fact]
    public void A_model_says_what_it_is()
    {
        Model model = Networks.Streaming().Load(KernelSet.Vector128);
        Assert.Equal("test", model.Name);
        Assert.Equal(["silence", "alexa", "jarvis"], model.Labels);
        Assert.Equal(("x", "scores"), (model.Input.Name, model.Output.Name));
        Assert.Equal(KernelSet.Vector128, model.Kernels);
        Assert.Equal(16 * 24 + 16 * 3 + 3 * 16, model.MultiplyAccumulates);
        Assert.Equal(10, model.Operators.Count());
        Assert.Equal(("convolution", "conv", 384), model.Operators.Select(o => (o.Kind, o.Output.Name, o.MultiplyAccumulates)).ElementAt(2));
        Assert.Equal(TensorStorage.State, model.Tensors.Single(t => t.Name == "past").Storage);
        Assert.Equal("log-mel", model.PlanJson.GetProperty("frontEnd").GetProperty("kind").GetString());
    }

    [Fact]
    public void Sections_of_other_rooms_are_handed_out_with_their_place()
    {
        var faults = new List<string>();
        PlanSection section = Networks.Streaming().Load().Section("frontEnd", faults)!;
        Assert.Equal("log-mel", section.String("kind"));
        section.Section("quantizer")!.Int32("numerator", 5, 9);
        Assert.Equal(["plan.frontEnd.quantizer: numerator is 1; expected a whole number from 5 to 9."], faults);
        Assert.Null(Networks.Dense().Load().Section("frontEnd", faults));
    }

    [Fact]
    public void A_missing_file_is_an_input_output_error_that_names_it()
    {
        string path = Path.Combine(folder, "absent.edge");
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => Model.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_an_input_output_error_that_names_it() =>
        Assert.Equal($"{folder} is a folder; expected an .edge file.", Assert.Throws<IOException>(() => Model.Load(folder)).Message);

    [Fact]
    public void An_empty_file_is_no_model() =>
        Assert.Contains("holds 0 bytes", Assert.Throws<ModelFormatException>(() => Model.Load(Save([]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_truncated_file_is_no_model_and_the_message_names_it()
    {
        string path = Save(Networks.Dense().Write()[..^1]);
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => Model.Load(path));
        Assert.StartsWith(path, fault.Message, StringComparison.Ordinal);
        File.Delete(path); // no mapping is left open
    }

    [Fact]
    public void A_disposed_model_refuses_to_run_rather_than_read_memory_that_is_gone()
    {
        // The constant of a multiplication is read where it lies in the file.
        Model model = Model.Load(Save(Networks.Streaming().Write()));
        Session session = model.CreateSession();
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(session.Step);
    }

    private string Save(byte[] bytes)
    {
        string path = Path.Combine(folder, "model.edge");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
