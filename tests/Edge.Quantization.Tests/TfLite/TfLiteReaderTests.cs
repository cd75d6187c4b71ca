using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Tests.TfLite.Reference;
using static Edge.Quantization.Graph.TfLite.TfLiteOperatorCode;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Small files of every operator, read and run in ONNX Runtime, against naive loops over the file.</summary>
public class TfLiteReaderTests
{
    /// <summary>What a file does, the most Transposes that its graph may have, and the file's output.</summary>
    private static readonly Dictionary<string, (int Transposes, Func<TfLiteSketch, int> Output)> Networks = new()
    {
        ["SAME padding with its odd side"] = (2, s => s.Add(
            Conv2D, [s.Input(1, 6, 5, 3), s.Weights(0, 4, 3, 3, 3), s.Bias(4)], s.Value(1, 3, 3, 4), 1, o => o.Int32(1, 2).Int32(2, 2).Byte(3, 3))),
        ["a dilated convolution in groups"] = (2, s => s.Add(
            Conv2D, [s.Input(1, 9, 7, 4), s.Weights(0, 6, 3, 2, 2), s.Bias(6)], s.Value(1, 5, 6, 6), 1, o => o.Byte(0, 1).Int32(1, 1).Int32(2, 1).Byte(3, 1).Int32(5, 2))),
        ["a convolution without bias over one channel"] = (1, s => s.Add(
            Conv2D, [s.Input(1, 5, 4, 1), s.Weights(-1, 2, 2, 3, 1)], s.Value(1, 4, 2, 2), 1, o => o.Byte(0, 1).Int32(1, 1).Int32(2, 1).Byte(3, 2))),
        ["depthwise with a multiplier"] = (2, s => s.Add(
            DepthwiseConv2D, [s.Input(1, 6, 5, 3), s.Weights(3, 1, 3, 3, 6), s.Bias(6)], s.Value(1, 6, 5, 6), 2, o => o.Int32(1, 1).Int32(2, 1).Int32(3, 2).Int32(5, 2).Int32(6, 2))),
        ["depthwise with an even kernel and a stride"] = (2, s => s.Add(
            DepthwiseConv2D, [s.Input(1, 7, 8, 2), s.Weights(3, 1, 4, 2, 2), s.Bias(2)], s.Value(1, 4, 4, 2), 2, o => o.Int32(1, 2).Int32(2, 2).Int32(3, 1))),
        ["average pool at the edge"] = (2, s => s.Add(AveragePool2D, [s.Input(1, 5, 6, 3)], s.Value(1, 3, 3, 3), 5, o => o.Int32(1, 2).Int32(2, 2).Int32(3, 3).Int32(4, 2))),
        ["max pool at the edge"] = (2, s => s.Add(MaxPool2D, [s.Input(1, 5, 6, 3)], s.Value(1, 3, 3, 3), 5, o => o.Int32(1, 2).Int32(2, 2).Int32(3, 3).Int32(4, 3))),
        ["flattened channels into a layer"] = (2, s => s.Add(
            FullyConnected, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), s.Weights(-1, 5, 24), s.Bias(5)], s.Value(0.3f, 5, 1, 5), 8, o => o.Byte(0, 0))),
        ["a layer over frames"] = (0, s => s.Add(FullyConnected, [s.Input(1, 4, 6), s.Weights(-1, 5, 6), -1], s.Value(1, 4, 5), 8, o => o.Bool(2, true))),
        ["a layer over frames with a bias"] = (0, s => s.Add(FullyConnected, [s.Input(1, 4, 6), s.Weights(0, 5, 6), s.Bias(5)], s.Value(1, 4, 5), 8, o => o.Bool(2, true).Byte(0, 1))),
        ["a product of two values"] = (1, s =>
        {
            int x = s.Input(1, 3, 4);
            return s.Add(BatchMatmul, [x, s.Add(Tanh, [x], s.Value(1f / 128, 0, 1, 3, 4))], s.Value(1, 3, 3), 101, o => o.Bool(1, true));
        }),
        ["a constant for each channel"] = (2, s => s.Add(Sub, [s.Operand(4), s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4)], s.Value(1, 3, 2, 4), 28, o => o.Byte(0, 1))),
        ["a gate for each channel"] = (2, s =>
        {
            int x = s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4);
            int mean = s.Add(Mean, [x, s.Integers(1, 2)], s.Value(1, 1, 1, 4), 27, o => o.Bool(0, true));
            return s.Add(Mul, [x, s.Add(Logistic, [mean], s.Value(1f / 256, -128, 1, 1, 1, 4))], s.Value(1, 3, 2, 4), 21);
        }),
        ["values of different ranks"] = (2, s =>
        {
            int x = s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4);
            int mean = s.Add(Mean, [x, s.Integers(1, 2)], s.Value(1, 4), 27);
            return s.Add(Add, [mean, x], s.Value(1, 3, 2, 4), 11);
        }),
        ["mean over channels"] = (2, s => s.Add(Mean, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), s.Integers(-1)], s.Value(1, 3, 2), 27)),
        ["mean over height"] = (2, s => s.Add(Mean, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), s.Integers(1)], s.Value(1, 2, 4), 27)),
        ["softmax over channels"] = (2, s => s.Add(Softmax, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4)], s.Value(1f / 256, -128, 1, 3, 2, 4), 9, o => o.Float(0, 1))),
        ["softmax of half the input"] = (0, s => s.Add(Softmax, [s.Input(1, 5)], s.Value(1f / 256, -128, 1, 5), 9, o => o.Float(0, 0.5f))),
        ["leaky ReLU"] = (0, s => s.Add(LeakyRelu, [s.Input(1, 9)], s.Value(1, 9), 75, o => o.Float(0, 0.2f))),
        ["hard swish"] = (0, s => s.Add(HardSwish, [s.Input(1, 9)], s.Value(1, 9))),
        ["ReLU from -1 to 1"] = (0, s => s.Add(ReluN1To1, [s.Input(1, 9)], s.Value(1, 9))),
        ["padded channels and rows"] = (2, s => s.Add(Pad, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), s.File.Int32s("p", [4, 2], [0, 0, 2, 0, 0, 1, 1, 0])], s.Value(1, 5, 3, 5), 22)),
        ["convolutions in one dimension"] = (1, s =>
        {
            int flat = s.Add(Squeeze, [s.Convolution(s.Input(1, 1, 6, 3), 3, 1, 6, 4)], s.Value(1, 6, 4), 30, o => o.Int32s(0, 1));
            int sum = s.Add(Add, [flat, s.Operand(4)], s.Value(1, 6, 4), 11, o => o.Byte(0, 1));
            int image = s.Add(ExpandDims, [sum, s.Integers(1)], s.Value(1, 1, 6, 4));
            return s.Add(Mean, [s.Convolution(image, 4, 1, 6, 5), s.Integers(1, 2)], s.Value(1, 5), 27);
        }),
        ["transposed and flattened"] = (1, s =>
        {
            int turned = s.Add(Transpose, [s.Input(1, 3, 4), s.Integers(0, 2, 1)], s.Value(1, 4, 3), 26);
            return s.Add(Reshape, [turned, s.Integers(1, -1)], s.Value(1, 12), 17);
        }),
        ["transposed twice is nothing"] = (0, s =>
        {
            int turned = s.Add(Transpose, [s.Input(1, 3, 4), s.Integers(2, 0, 1)], s.Value(4, 1, 3), 26);
            int back = s.Add(Transpose, [turned, s.Integers(1, 2, 0)], s.Value(1, 3, 4), 26);
            return s.Add(Add, [back, back], s.Value(1, 3, 4), 11);
        }),
        ["an image joined with a value"] = (2, s =>
        {
            int x = s.Input(1, 3, 2, 2);
            return s.Add(Concatenation, [s.Convolution(x, 2, 3, 2, 4), x, s.Operand(TfLiteSketch.Scale, TfLiteSketch.ZeroPoint, 1, 3, 2, 1)], s.Value(1, 3, 2, 7), 10, o => o.Int32(0, 3));
        }),
        ["split channels"] = (2, s =>
        {
            int x = s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), a = s.Value(1, 3, 2, 2), b = s.Value(1, 3, 2, 2);
            s.File.Operator(Split, 1, [s.File.Int32s("axis", [], [3]), x], [a, b], 35, o => o.Int32(0, 2));
            return s.Add(Mul, [a, b], s.Value(1, 3, 2, 2), 21);
        }),
        ["split into unequal parts"] = (0, s =>
        {
            int a = s.Value(1, 2, 3), b = s.Value(1, 4, 3);
            s.File.Operator(SplitV, 1, [s.Input(1, 6, 3), s.Integers(2, -1), s.File.Int32s("axis", [], [1])], [a, b], 79, o => o.Int32(0, 2));
            return s.Add(Concatenation, [b, a], s.Value(1, 6, 3), 10, o => o.Int32(0, 1));
        }),
        ["packed"] = (0, s =>
        {
            int x = s.Input(1, 3);
            return s.Add(Pack, [x, s.Add(Relu, [x], s.Value(1, 3)), x], s.Value(1, 3, 3), 59, o => o.Int32(0, 3).Int32(1, 1));
        }),
        ["bounds open and negative"] = (2, s => s.Add(
            StridedSlice, [s.Convolution(s.Input(1, 5, 4, 2), 2, 5, 4, 3), s.Integers(0, -4, 1, 0), s.Integers(0, 0, -1, 2), s.Integers(1, 2, 1, 1)], s.Value(1, 2, 2, 2), 32, o => o.Int32(0, 1).Int32(1, 3))),
        ["a row taken and an axis added"] = (1, s => s.Add(
            StridedSlice, [s.Input(1, 5, 4), s.Integers(0, 2, 0, 0), s.Integers(0, 3, 0, 0), s.Integers(1, 1, 1, 1)], s.Value(1, 4, 1), 32, o => o.Int32(0, 1).Int32(1, 1).Int32(2, 4).Int32(3, 8).Int32(4, 2))),
    };

    /// <summary>Those that are float alone, or that the reference for integers does not have.</summary>
    private static readonly Dictionary<string, (int Transposes, Func<TfLiteSketch, int> Output)> FloatNetworks = new()
    {
        ["functions"] = (0, s =>
        {
            int x = s.Add(Abs, [s.Input(1, 9)], s.Value(1, 9), 78), y = s.Add(Elu, [s.Add(Neg, [x], s.Value(1, 9), 42)], s.Value(1, 9));
            int z = s.Add(Gelu, [s.Add(Exp, [y], s.Value(1, 9), 33)], s.Value(1, 9), 116, o => o.Bool(0, true));
            return s.Add(Rsqrt, [s.Add(Sqrt, [s.Add(Square, [s.Add(Log, [z], s.Value(1, 9))], s.Value(1, 9), 66)], s.Value(1, 9))], s.Value(1, 9));
        }),
        ["extremes and distances"] = (0, s =>
        {
            int x = s.Input(1, 4, 3), c = s.Operand(3);
            int limited = s.Add(Maximum, [s.Add(Minimum, [x, c], s.Value(1, 4, 3), 39), s.Operand(4, 1)], s.Value(1, 4, 3), 39);
            return s.Add(Div, [s.Add(SquaredDifference, [limited, x], s.Value(1, 4, 3), 76), c], s.Value(1, 4, 3), 29);
        }),
        ["a slope for each channel"] = (2, s => s.Add(Prelu, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), s.Operand(1, 1, 4)], s.Value(1, 3, 2, 4))),
        ["other reductions"] = (1, s =>
        {
            int sum = s.Add(Sum, [s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), s.Integers(1)], s.Value(1, 1, 2, 4), 27, o => o.Bool(0, true));
            int most = s.Add(ReduceMax, [sum, s.Integers(2)], s.Value(1, 1, 4), 27);
            return s.Add(ReduceMin, [most, s.Integers(1)], s.Value(1, 4), 27);
        }),
        ["padded with a value"] = (0, s => s.Add(PadV2, [s.Input(1, 3), s.File.Int32s("p", [2, 2], [0, 0, 2, 1]), s.File.Floats("v", [], [-0.5f])], s.Value(1, 6), 43)),
        ["unpacked and gathered"] = (2, s =>
        {
            int x = s.Convolution(s.Input(1, 3, 2, 2), 2, 3, 2, 4), a = s.Value(1, 3, 4), b = s.Value(1, 3, 4);
            s.File.Operator(Unpack, 1, [x], [a, b], 64, o => o.Int32(0, 2).Int32(1, 2));
            int taken = s.Add(Gather, [s.Add(Mul, [a, b], s.Value(1, 3, 4), 21), s.Integers(3, 0, 1)], s.Value(1, 3, 3), 23, o => o.Int32(0, 2));
            return s.Add(Gather, [taken, s.File.Int32s("index", [], [1])], s.Value(1, 3), 23, o => o.Int32(0, 1));
        }),
        ["a part of an image"] = (2, s => s.Add(
            Slice, [s.Convolution(s.Input(1, 5, 4, 2), 2, 5, 4, 3), s.Integers(0, 1, 0, 1), s.Integers(1, 3, 2, -1)], s.Value(1, 3, 2, 2), 48)),
        ["backwards"] = (0, s => s.Add(StridedSlice, [s.Input(1, 5, 4), s.Integers(0, 0, 3), s.Integers(1, 0, 0), s.Integers(1, -1, -2)], s.Value(1, 5, 2), 32, o => o.Int32(0, 2).Int32(1, 2))),
        ["a dilated convolution between blocks"] = (2, s =>
        {
            int spread = s.Add(SpaceToBatchNd, [s.Input(1, 7, 6, 2), s.Integers(2, 3), s.File.Int32s("e", [2, 2], [2, 1, 0, 3])], s.Value(6, 5, 3, 2), 25);
            int made = s.Add(Conv2D, [spread, s.Weights(0, 3, 3, 2, 2), s.Bias(3)], s.Value(6, 3, 2, 3), 1, o => o.Byte(0, 1).Int32(1, 1).Int32(2, 1).Byte(3, 1));
            return s.Add(BatchToSpaceNd, [made, s.Integers(2, 3), s.File.Int32s("c", [2, 2], [0, 1, 0, 2])], s.Value(1, 5, 4, 3), 24);
        }),
        ["a causal convolution of Keras"] = (1, s =>
        {
            int spread = s.Add(SpaceToBatchNd, [s.Input(1, 7, 3), s.Integers(2), s.File.Int32s("e", [1, 2], [4, 1])], s.Value(2, 6, 3), 25);
            int image = s.Add(ExpandDims, [spread, s.Integers(1)], s.Value(2, 1, 6, 3));
            int made = s.Add(Conv2D, [image, s.Weights(0, 4, 1, 3, 3), s.Bias(4)], s.Value(2, 1, 4, 4), 1, o => o.Byte(0, 1).Int32(1, 1).Int32(2, 1));
            int flat = s.Add(Squeeze, [made], s.Value(2, 4, 4), 30, o => o.Int32s(0, 1));
            int joined = s.Add(BatchToSpaceNd, [flat, s.Integers(2), s.File.Int32s("c", [1, 2], [0, 1])], s.Value(1, 7, 4), 24);
            return s.Add(Mean, [joined, s.Integers(1)], s.Value(1, 4), 27);
        }),
    };

    /// <summary>All files, int8 and float.</summary>
    internal static IEnumerable<(string Name, byte[] File)> Files()
    {
        foreach ((string name, TfLiteForm form) in Networks.Keys.Select(name => (name, TfLiteForm.Int8)).Concat(FloatNetworks.Keys.Select(name => (name, TfLiteForm.Float))))
        {
            var sketch = new TfLiteSketch(form);
            yield return ($"{name}.tflite", sketch.Build((form == TfLiteForm.Int8 ? Networks : FloatNetworks)[name].Output(sketch)));
        }
    }

    public static TheoryData<string, TfLiteForm> FloatFiles => [.. Networks.Keys.Concat(FloatNetworks.Keys)
        .SelectMany(name => new[] { TfLiteForm.Float, TfLiteForm.HybridInt8, TfLiteForm.HybridFloat16 }.Select(form => (name, form)))];

    public static TheoryData<string> IntegerFiles => [.. Networks.Keys.Where(name => name != "a row taken and an axis added")];

    [Theory]
    [MemberData(nameof(FloatFiles))]
    public void A_float_file_computes_what_its_operators_say(string network, TfLiteForm form)
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        (int transposes, Func<TfLiteSketch, int> output) = Networks.TryGetValue(network, out var known) ? known : FloatNetworks[network];
        var sketch = new TfLiteSketch(form);
        byte[] file = sketch.Build(output(sketch));
        ModelGraph graph = TfLiteReader.Read(file);
        Assert.DoesNotContain(graph.Nodes, node => node.OpType.EndsWith("Linear", StringComparison.Ordinal));
        double[] input = Sound(graph.Inputs[0].StaticShape!);

        float[] answers = Run(graph, Array.ConvertAll(input, value => (float)value));

        double[] expected = new FloatInterpreter(TfLiteModel.Read(file, "file")).Run(input);
        Assert.Equal(expected.Length, answers.Length);
        Assert.All(expected.Zip(answers), pair => Assert.Equal(pair.First, pair.Second, 2e-5 * (1 + Math.Abs(pair.First))));
        Assert.True(graph.Nodes.Count(node => node.OpType == "Transpose") <= transposes, string.Join(" ", graph.Nodes));
    }

    [Theory]
    [MemberData(nameof(IntegerFiles))]
    public void An_int8_file_computes_within_a_step_of_the_specification(string network)
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        var sketch = new TfLiteSketch(TfLiteForm.Int8);
        byte[] file = sketch.Build(Networks[network].Output(sketch));
        ModelGraph graph = TfLiteReader.Read(file);
        var reference = new ReferenceInterpreter(TfLiteModel.Read(file, "file"), ReferenceRounding.Once);
        var random = new Random(3);
        for (int i = 0; i < reference.Inputs[0].Integers.Length; i++)
        {
            reference.Inputs[0].Integers[i] = random.Next(-128, 128);
        }

        reference.Run();
        float[] answers = Run(graph, Array.ConvertAll(reference.Inputs[0].Integers, q => TfLiteSketch.Scale * (q - TfLiteSketch.ZeroPoint)));

        ReferenceTensor expected = reference.Outputs[0];
        Assert.True(expected.Integers.Distinct().Count() > 2, "the outputs say nothing");
        Assert.All(expected.Integers.Zip(answers), pair => Assert.InRange(pair.Second / expected.Scale + expected.ZeroPoint, pair.First - 1.01f, pair.First + 1.01f));
    }

    [Fact]
    public void A_graph_has_the_names_of_its_file()
    {
        var sketch = new TfLiteSketch(TfLiteForm.Int8);
        int x = sketch.Input(1, 4);
        int y = sketch.Add(Relu, [x], sketch.File.Tensor("y", [1, 4], TfLiteType.Int8, [0.1f], [2]));
        int z = sketch.Add(Relu, [y], sketch.File.Tensor("z", [1, 4], TfLiteType.UInt8, [0.2f], [130]));
        ModelGraph graph = TfLiteReader.Read(sketch.Build(z));

        Assert.Equal(["v0.int8", "v0.dequantized", "y", "y.int8", "y.dequantized", "z.float", "z.int8", "z"], graph.Nodes.SelectMany(node => node.Outputs));
        Assert.Equal(2, graph.Constant("z.zero_point")!.ToInts()[0]);
        Assert.Equal(["v0: Float32 [1, 4]", "z: Float32 [1, 4]"], graph.Inputs.Concat(graph.Outputs).Select(value => $"{value}"));
    }

    private static double[] Sound(long[] shape)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (double)(float)(4 * random.NextDouble() - 2))];
    }

    /// <summary>One run; an input of one channel lies in memory as the file has it.</summary>
    private static float[] Run(ModelGraph graph, float[] input)
    {
        using var runner = new OnnxModelRunner(OnnxReader.Read(OnnxWriter.Write(graph)), "file");
        float[] answers = [];
        runner.Run(new CalibrationSample("sample", new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of(graph.Inputs[0].StaticShape!, input) }), tensor =>
        {
            answers = tensor.Name == runner.Output ? tensor.Values.ToArray() : answers;
        });
        return answers;
    }
}
