using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Checkpoints;
using Edge.Quantization.Checkpoints.Hubert;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Recipes;

namespace Edge.Quantization.Tests.Checkpoints;

/// <summary>Networks of seeded weights in every layout that is published, run by ONNX Runtime, against the PyTorch definition of quantization/recipes/hubert.</summary>
public sealed class HubertNetworkTests(HubertNetworkTests.Files files) : IClassFixture<HubertNetworkTests.Files>
{
    private const int Samples = 3_000;

    /// <summary>LightHuBERT's part in the script.</summary>
    private static readonly SubNetwork Part = new(128, [.. Enumerable.Repeat(2, 10)], [.. Enumerable.Repeat(3.5, 10)]);

    /// <summary>The files, written once.</summary>
    public sealed class Files : IDisposable
    {
        private readonly Lazy<string> folder = new(() =>
        {
            string made = Directory.CreateTempSubdirectory("edge-hubert-").FullName;
            PythonScript.RunTest("hubert_checkpoints.py", made);
            return made;
        });

        public string this[string name]
        {
            get
            {
                PythonScript.Require();
                return Path.Combine(folder.Value, name);
            }
        }

        public void Dispose()
        {
            if (folder.IsValueCreated)
            {
                Directory.Delete(folder.Value, recursive: true);
            }
        }
    }

    [Theory]
    [InlineData("distilhubert", "safetensors", 1e-4)]
    [InlineData("distilhubert", "safetensors-f16", 0.02)]
    [InlineData("distilhubert", "safetensors-bf16", 0.15)]
    [InlineData("distilhubert", "transformers", 1e-4)]
    [InlineData("distilhubert", "s3prl", 1e-4)]
    [InlineData("hubert-base", "safetensors", 1e-4)]
    [InlineData("hubert-base", "transformers", 1e-4)]
    [InlineData("hubert-base", "fairseq", 1e-4)]
    [InlineData("hubert-base", "module", 1e-4)]
    [InlineData("lighthubert", "lighthubert", 1e-4)]
    public void Every_value_is_that_of_the_definition(string kind, string layout, double tolerance)
    {
        TestGraphs.RequireOnnxRuntime();
        using Checkpoint checkpoint = Checkpoint.Open(files[$"{kind}.{layout}"]);
        Assert.Equal(kind, CheckpointArchitecture.Of(checkpoint)!.Name);
        ModelGraph graph = Build(checkpoint, Options(kind));
        string[] names = [.. Directory.GetFiles(files[$"{kind}.expected"]).Select(Path.GetFileNameWithoutExtension).OfType<string>().Where(name => name != "samples")];
        string last = $"layer{names.Count(name => name.StartsWith("layer", StringComparison.Ordinal))}";
        graph.Outputs.AddRange(names.Where(name => name != last).Select(name => new ValueInfo(name, ElementType.Float32, null)));
        using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph), new() { Optimization = OnnxOptimization.None });
        IReadOnlyDictionary<string, OnnxTensor> found = session.Run(new Dictionary<string, OnnxTensor> { ["samples"] = OnnxTensor.Of([1, Samples], Expected(kind, "samples")) });

        Assert.Contains("conv0", names);
        Assert.Contains("embedded", names);
        foreach (string name in names)
        {
            float[] expected = Expected(kind, name), values = found[name == last ? "features" : name].Elements<float>();
            Assert.Equal(expected.Length, values.Length);
            float largest = expected.Max(Math.Abs);
            for (int i = 0; i < values.Length; i++)
            {
                Assert.True(Math.Abs(values[i] - expected[i]) <= tolerance * largest, $"{name}[{i}] is {values[i]}; expected {expected[i]}");
            }
        }
    }

    [Fact]
    public void An_earlier_layer_can_be_the_output_and_the_others_go()
    {
        using Checkpoint checkpoint = Checkpoint.Open(files["hubert-base.fairseq"]);
        ModelGraph graph = Build(checkpoint, new CheckpointOptions { Samples = Samples, Layer = 1 });

        Assert.True(ModelMetadata.GivesFeatures(graph));
        Assert.Equal("pcm", ModelMetadata.FrontEnd(graph)!.Kind);
        Assert.DoesNotContain(graph.Nodes, node => node.Name.StartsWith("layer2", StringComparison.Ordinal));
        Assert.Contains("Layer 4 is asked for; the network has 1 to 3", Refusal(checkpoint, new CheckpointOptions { Layer = 4 }), StringComparison.Ordinal);
        Assert.Contains("399 samples make no frame; expected at least 400", Refusal(checkpoint, new CheckpointOptions { Samples = 399 }), StringComparison.Ordinal);
        Assert.Contains("hubert-base has no sub-networks", Refusal(checkpoint, new CheckpointOptions { SubNetwork = Part }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_supernet_needs_a_part_that_lies_in_it()
    {
        using Checkpoint checkpoint = Checkpoint.Open(files["lighthubert.lighthubert"]);
        Assert.Contains("--embed 640 --heads 10 --ffn-ratio 4 --depth 12", Refusal(checkpoint, new CheckpointOptions()), StringComparison.Ordinal);
        Assert.Contains("its width is 208; expected a multiple of 16 up to 192", Refusal(checkpoint, new CheckpointOptions { SubNetwork = Part with { Width = 208 } }), StringComparison.Ordinal);
        Assert.Contains("its heads are 4", Refusal(checkpoint, new CheckpointOptions { SubNetwork = Part with { Heads = [.. Enumerable.Repeat(4, 10)] } }), StringComparison.Ordinal);
        Assert.Contains("expected above 0, to 4", Refusal(checkpoint, new CheckpointOptions { SubNetwork = Part with { FeedForwardRatios = [.. Enumerable.Repeat(4.5, 10)] } }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_missing_or_has_another_shape_or_is_one_too_many_is_named_as_the_file_spells_it()
    {
        string path = files["distilhubert.safetensors"];
        Assert.Contains("tensor 'encoder.layers.1.attention.q_proj.bias': the file lacks it; expected a whole network in the layout of transformers", Renamed("layers.1.attention.q_proj.bias", "layers.1.attention.q_proj.BIAS"), StringComparison.Ordinal);
        Assert.Contains("tensor 'encoder.layers.0.layer_norm.bias': it is Float32 [2, 64]; expected [128]", Renamed("\"encoder.layers.0.layer_norm.bias\": {\"dtype\": \"F32\", \"shape\": [128]", "\"encoder.layers.0.layer_norm.bias\":{\"dtype\":\"F32\",\"shape\": [2, 64]"), StringComparison.Ordinal);
        Assert.Contains("networks of HuBERT-base's kind do not have it", Renamed("\"masked_spec", "\"masked_spec", "\"encoder.rel_pos\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"), StringComparison.Ordinal);

        string Renamed(string from, string to, string added = "")
        {
            byte[] bytes = File.ReadAllBytes(path);
            int length = (int)BitConverter.ToInt64(bytes);
            string header = System.Text.Encoding.UTF8.GetString(bytes, 8, length);
            string changed = "{" + added + header.Replace(from, to, StringComparison.Ordinal)[1..];
            Assert.NotEqual(header, changed);
            byte[] text = System.Text.Encoding.UTF8.GetBytes(changed);
            string spoilt = path + ".spoilt";
            File.WriteAllBytes(spoilt, [.. BitConverter.GetBytes((long)text.Length), .. text, .. bytes[(8 + length)..]]);
            using Checkpoint checkpoint = Checkpoint.Open(spoilt);
            return Assert.Throws<GraphFormatException>(() => Build(checkpoint, Options("distilhubert"))).Message;
        }
    }

    private static CheckpointOptions Options(string kind) => new() { Samples = Samples, SubNetwork = kind == "lighthubert" ? Part : null };

    private static ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options) => CheckpointArchitecture.Of(checkpoint)!.Build(checkpoint, options);

    private static string Refusal(Checkpoint checkpoint, CheckpointOptions options) => Assert.Throws<ArgumentException>(() => Build(checkpoint, options)).Message;

    private float[] Expected(string kind, string name) => NpyReader.ReadAll<float>(Path.Combine(files[$"{kind}.expected"], $"{name}.npy"), out _);
}
