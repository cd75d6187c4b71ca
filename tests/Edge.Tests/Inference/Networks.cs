using System.Text.Json.Nodes;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Inference.Operators;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference;

/// <summary>Small models that hold every operator between them; each is the valid file that tests then spoil.</summary>
internal static class Networks
{
    public static readonly (string Name, Func<EdgeFile> Make)[] All = [("streaming", Streaming), ("windowed", Windowed), ("ahead", Ahead), ("dense", Dense), ("narrow", Narrow), ("wide", Wide), ("attention", Attention), ("wide-attention", WideAttention), ("recurrent", () => Recurrent("state")), ("recurrent-windows", () => Recurrent("arena")), ("pooled", Pooled), ("memory", () => Memory("state")), ("memory-windows", () => Memory("arena"))];

    /// <summary>
    /// What a streaming keyword network looks like: 0 requantize, 1 history, 2 convolution, 3 history, 4 depthwise convolution,
    /// 5 add, 6 multiply, 7 table, 8 fully connected, 9 softmax.
    /// </summary>
    public static EdgeFile Streaming()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 1, 1, 8], -128, 0.1);
        int scaled = file.Arena("scaled", [1, 1, 1, 8], 3, 0.2);
        int past = file.State("past", [1, 3, 1, 8], 3, 0.2);
        int conv = file.Arena("conv", [1, 1, 1, 16], -1);
        int past2 = file.State("past2", [1, 5, 1, 16], -1);
        int depthwise = file.Arena("depthwise", [1, 1, 1, 16], 2);
        int sum = file.Arena("sum", [1, 1, 1, 16], 4);
        int product = file.Arena("product", [1, 1, 1, 16], 5);
        int active = file.Arena("active", [1, 1, 1, 16], -128);
        int logits = file.Arena("logits", [1, 1, 1, 3], 11);
        int scores = file.Arena("scores", [1, 1, 1, 3], -128, 1.0 / 256);
        file.Operator("requantize", [x], scaled, Rescales(("multiplier", 0)));
        file.Operator("history", [scaled], past);
        file.Operator("convolution", [past, file.Int8s("conv/w", [16, 3, 1, 8], random.Weights(384)), file.Int32s("conv/b", [16], random.Int32s(16, 1000)), Scales(file, "conv/q", 16)], conv);
        file.Operator("history", [conv], past2);
        int[] depthwiseInputs = [past2, file.Int8s("dw/w", [3, 1, 16], random.Weights(48)), file.Int32s("dw/b", [16], random.Int32s(16, 1000)), Scales(file, "dw/q", 16)];
        file.Operator("depthwise-convolution", depthwiseInputs, depthwise, new() { ["dilationHeight"] = 2 });
        file.Operator("add", [conv, depthwise], sum, Rescales(("multiplier1", -1), ("multiplier2", -1), ("outputMultiplier", -18)));
        file.Operator("multiply", [sum, file.Int8s("gain", [16], random.Int8s(16))], product, Rescales(("outputMultiplier", -6)));
        file.Operator("table", [product, file.Int8s("gelu", [256], random.Int8s(256))], active);
        file.Operator("fully-connected", [active, file.Int8s("fc/w", [3, 16], random.Weights(48)), file.Int32s("fc/b", [3], 1, 2, 3), Scales(file, "fc/q", 3)], logits, new() { ["activationMin"] = -100 });
        file.Operator("softmax", [logits], scores, Rescales(("multiplier", 23)));
        file.Plan["labels"] = new JsonArray("silence", "alexa", "jarvis");
        file.Plan["frontEnd"] = new JsonObject { ["kind"] = "log-mel", ["bands"] = 8, ["quantizer"] = new JsonObject { ["numerator"] = 1, ["denominator"] = 64 } };
        return file.Ends(x, scores);
    }

    /// <summary>
    /// What looks ahead: 0 history of the input, which is real until the sound ends, 1 convolution, 2 history one frame behind, 3 max pool, 4 history
    /// of 16 bits, 5 fully connected.
    /// </summary>
    public static EdgeFile Ahead()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 2, 1, 5], -5);
        int past = file.State("past", [1, 4, 1, 5], -5);
        int conv = file.Arena("conv", [1, 2, 1, 9], 3);
        int past2 = file.State("past2", [1, 3, 1, 9], 3);
        int pooled = file.Arena("pooled", [1, 1, 1, 9], 3);
        int wide = file.Arena("wide", [1, 1, 1, 9], type: "int16");
        int past3 = file.Arena("past3", [1, 2, 1, 9], at: "state", type: "int16");
        int y = file.Arena("y", [1, 2, 1, 3], 0);
        file.Operator("history", [x], [past, file.Clock("clock")], new() { ["delay"] = 0 });
        file.Operator("convolution", [past, file.Int8s("w1", [9, 3, 1, 5], random.Weights(135)), file.Int32s("b1", [9], random.Int32s(9, 900)), Scales(file, "q1", 9)], conv);
        file.Operator("history", [conv], [past2, file.Clock("clock2")], new() { ["delay"] = 1 });
        file.Operator("max-pool", [past2], pooled, new() { ["kernelHeight"] = 3, ["kernelWidth"] = 1, ["strideHeight"] = 2 });
        file.Operator("requantize", [pooled], wide, Rescales(("multiplier", 7)));
        file.Operator("history", [wide], [past3, file.Clock("clock3")], new() { ["delay"] = 1 });
        file.Operator("fully-connected", [past3, file.Int8s("w2", [3, 9], random.Weights(27)), file.Int32s("b2", [3], 1, 2, 3), Scales(file, "q2", 3, -15)], y);
        file.Plan["delaySteps"] = 1;
        return file.Ends(x, y);
    }

    /// <summary>What looks both ways: 0 pad, 1 convolution, 2 max pool, 3 average pool, 4 slice, 5 concatenate, 6 reshape (in place), 7 mean.</summary>
    public static EdgeFile Windowed()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 6, 4, 3], 7);
        int padded = file.Arena("padded", [1, 8, 6, 3], 7);
        int conv = file.Arena("conv", [1, 3, 2, 9], -3);
        int maximum = file.Arena("maximum", [1, 2, 2, 9], -3);
        int average = file.Arena("average", [1, 2, 2, 9], -3);
        int slice = file.Arena("slice", [1, 1, 2, 9], -3);
        int joined = file.Arena("joined", [1, 3, 2, 9], -3);
        int flat = file.Arena("flat", [1, 6, 9], -3);
        int mean = file.Arena("mean", [1, 9], 1, 0.05);
        file.Operator("pad", [x], padded, new() { ["before"] = EdgeFile.Numbers(0, 1, 1, 0) });
        file.Operator(
            "convolution", [padded, file.Int8s("w", [9, 3, 3, 3], random.Weights(243)), file.Int32s("b", [9], random.Int32s(9, 500)), Scales(file, "q", 9)], conv,
            new() { ["strideHeight"] = 2, ["strideWidth"] = 2, ["activationMin"] = -3 });
        file.Operator("max-pool", [conv], maximum, new() { ["kernelHeight"] = 2, ["kernelWidth"] = 1 });
        file.Operator("average-pool", [maximum], average, new() { ["kernelHeight"] = 2, ["kernelWidth"] = 2, ["padTop"] = 1, ["padRight"] = 1 });
        file.Operator("slice", [average], slice, new() { ["begin"] = EdgeFile.Numbers(0, 1, 0, 0), ["stride"] = EdgeFile.Numbers(1, 1, 1, 1) });
        file.Operator("concatenate", [maximum, slice], joined, new() { ["axis"] = 1 });
        file.Plan["tensors"]![flat]!["offset"] = file.Plan["tensors"]![joined]!["offset"]!.GetValue<int>();
        file.Operator("reshape", [joined], flat);
        file.Operator("mean", [flat], mean, Rescales(("multiplier", 1)));
        return file.Ends(x, mean);
    }

    /// <summary>Two layers whose tensors take turns in the same memory: 0 and 1 fully connected, 2 softmax.</summary>
    public static EdgeFile Dense()
    {
        var random = new Random(7);
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 16], -5);
        int hidden = file.Arena("hidden", [1, 16], -128);
        int logits = file.Arena("logits", [1, 5], 0);
        int scores = file.Arena("scores", [1, 5], -128, 1.0 / 256);
        (file.Plan["tensors"]![logits]!["offset"], file.Plan["tensors"]![scores]!["offset"], file.Plan["memoryBytes"]) = (0, 16, 32);
        int scales = Scales(file, "q", 16);
        file.Operator("fully-connected", [x, file.Int8s("w1", [16, 16], random.Weights(256)), file.Int32s("b1", [16], random.Int32s(16, 900)), scales], hidden);
        file.Operator("fully-connected", [hidden, file.Int8s("w2", [5, 16], random.Weights(80)), file.Int32s("b2", [5], random.Int32s(5, 900)), Scales(file, "q2", 5)], logits);
        file.Operator("softmax", [logits], scores, Rescales(("multiplier", 22)));
        return file.Ends(x, scores);
    }

    /// <summary>Self-attention of two heads: 0 layer norm, 1 reshape, 2 batch matmul (scores), 3 softmax, 4 batch matmul (values), 5 transpose.</summary>
    public static EdgeFile Attention()
    {
        var random = new Random(7);
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 5, 1, 8], -9);
        int normalized = file.Arena("normalized", [1, 5, 1, 8], 3, 0.02);
        int heads = file.Arena("heads", [1, 5, 2, 4], 3, 0.02);
        int scores = file.Arena("scores", [1, 5, 2, 5], 11);
        int weights = file.Arena("weights", [1, 5, 2, 5], -128, 1.0 / 256);
        int values = file.Arena("values", [1, 5, 2, 4], -4);
        int last = file.Arena("last", [1, 2, 4, 5], -4);
        int gamma = file.Int32s("gamma", [2, 8], [.. Enumerable.Repeat(1_700_000_000, 4), .. Enumerable.Repeat(-1_100_000_000, 4), .. Enumerable.Repeat(6, 8)]);
        file.Operator("layer-norm", [x, gamma, file.Int32s("beta", [8], random.Int32s(8, 1_000_000))], normalized, Rescales(("epsilon", -9)));
        file.Operator("reshape", [normalized], heads);
        JsonObject product = Rescales(("multiplier", -8));
        product["transposeB"] = 1;
        file.Operator("batch-matmul", [heads, heads], scores, product);
        file.Operator("softmax", [scores], weights, Rescales(("multiplier", 22)));
        JsonObject sum = Rescales(("multiplier", -7));
        sum["transposeB"] = 0;
        file.Operator("batch-matmul", [weights, heads], values, sum);
        file.Operator("transpose", [values], last, new() { ["axes"] = EdgeFile.Numbers(0, 2, 3, 1) });
        return file.Ends(x, last);
    }

    /// <summary>Layers whose weights have four bits: 0 convolution, 1 depthwise convolution, 2 fully connected.</summary>
    public static EdgeFile Narrow()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 4, 1, 5], -5);
        int conv = file.Arena("conv", [1, 3, 1, 9], -128);
        int depthwise = file.Arena("depthwise", [1, 1, 1, 9], 3);
        int y = file.Arena("y", [1, 1, 1, 3], 0);
        file.Operator("convolution", [x, file.Int4s("w1", [9, 2, 1, 5], Nibbles(90)), file.Int32s("b1", [9], random.Int32s(9, 90)), Scales(file, "q1", 9, -5)], conv);
        file.Operator("depthwise-convolution", [conv, file.Int4s("w2", [3, 1, 9], Nibbles(27)), file.Int32s("b2", [9], random.Int32s(9, 90)), Scales(file, "q2", 9, -5)], depthwise);
        file.Operator("fully-connected", [depthwise, file.Int4s("w3", [3, 9], Nibbles(27)), file.Int32s("b3", [3], 1, 2, 3), Scales(file, "q3", 3, -5)], y);
        return file.Ends(x, y);

        sbyte[] Nibbles(int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-8, 8))];
    }

    /// <summary>What goes through 16 bits: 0 requantize, 1 history, 2 convolution, 3 depthwise convolution, 4 add, 5 multiply, 6 slice, 7 fully connected.</summary>
    public static EdgeFile Wide()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 1, 1, 5], -5);
        int wide = file.Arena("wide", [1, 1, 1, 5], type: "int16");
        int past = file.Arena("past", [1, 3, 1, 5], at: "state", type: "int16");
        int conv = file.Arena("conv", [1, 2, 1, 9], type: "int16");
        int depthwise = file.Arena("depthwise", [1, 1, 1, 9], 3);
        int sum = file.Arena("sum", [1, 1, 1, 9], type: "int16");
        int product = file.Arena("product", [1, 1, 1, 9], type: "int16");
        int slice = file.Arena("slice", [1, 1, 1, 4], type: "int16");
        int y = file.Arena("y", [1, 1, 1, 3], 0);
        file.Operator("requantize", [x], wide, Rescales(("multiplier", 7)));
        file.Operator("history", [wide], past);
        file.Operator("convolution", [past, file.Int8s("w1", [9, 2, 1, 5], random.Weights(90)), file.Int32s("b1", [9], random.Int32s(9, 90)), Scales(file, "q1", 9, -5)], conv);
        file.Operator("depthwise-convolution", [conv, file.Int8s("w2", [2, 1, 9], random.Weights(18)), file.Int32s("b2", [9], random.Int32s(9, 90)), Scales(file, "q2", 9, -12)], depthwise);
        file.Operator("add", [depthwise, file.Int8s("offset", [9], random.Int8s(9))], sum, Rescales(("multiplier1", -1), ("multiplier2", -1), ("outputMultiplier", -12)));
        file.Operator("multiply", [sum, depthwise], product, Rescales(("outputMultiplier", -6)));
        file.Operator("slice", [product], slice, new() { ["begin"] = EdgeFile.Numbers(0, 0, 0, 2), ["stride"] = EdgeFile.Numbers(1, 1, 1, 1) });
        file.Operator("fully-connected", [slice, file.Int4s("w3", [3, 4], -8, 7, 1, 2, 3, 4, -5, -6, 7, 0, 1, 2), file.Int32s("b3", [3], 1, 2, 3), Scales(file, "q3", 3, -6)], y);
        return file.Ends(x, y);
    }

    /// <summary>What a transformer has in 16 bits: 0 requantize, 1 layer norm, 2 batch matmul, 3 transpose, 4 layer norm, 5 mean, 6 softmax.</summary>
    public static EdgeFile WideAttention()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 5, 1, 12], -9);
        int wide = file.Arena("wide", [1, 5, 1, 12], type: "int16");
        int narrow = file.Arena("narrow", [1, 5, 1, 12], 3, 0.02);
        int products = file.Arena("products", [1, 5, 1, 5], type: "int16");
        int turned = file.Arena("turned", [1, 5, 1, 5], type: "int16");
        int normalized = file.Arena("normalized", [1, 5, 1, 5], type: "int16");
        int mean = file.Arena("mean", [1, 5], type: "int16");
        int y = file.Arena("y", [1, 5], -128, 1.0 / 256);
        int[] gamma = [.. Enumerable.Repeat(1_700_000_000, 6), .. Enumerable.Repeat(-1_100_000_000, 6), .. Enumerable.Repeat(6, 12)];
        file.Operator("requantize", [x], wide, Rescales(("multiplier", 7)));
        file.Operator("layer-norm", [wide, file.Int32s("gamma", [2, 12], gamma), file.Int32s("beta", [12], random.Int32s(12, 1_000_000))], narrow, Rescales(("epsilon", 7)));
        JsonObject product = Rescales(("multiplier", -1));
        product["transposeB"] = 1;
        file.Operator("batch-matmul", [narrow, wide], products, product);
        file.Operator("transpose", [products], turned, new() { ["axes"] = EdgeFile.Numbers(0, 3, 2, 1) });
        int[] gamma2 = [.. Enumerable.Repeat(1_300_000_000, 5), .. Enumerable.Repeat(13, 5)];
        file.Operator("layer-norm", [turned, file.Int32s("gamma2", [2, 5], gamma2), file.Int32s("beta2", [5], random.Int32s(5, 1_000_000))], normalized, Rescales(("epsilon", 7)));
        file.Operator("mean", [normalized], mean, Rescales(("multiplier", 0)));
        file.Operator("softmax", [mean], y, Rescales(("multiplier", 17)));
        return file.Ends(x, y);
    }

    /// <summary>Layers with a memory of their own: 0 subtract, 1 svdf, whose state does not start at zero, 2 lstm, whose memory is a state or in the arena.</summary>
    public static EdgeFile Recurrent(string memory)
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Twice };
        int x = file.Arena("x", [1, 2, 7], -9);
        int difference = file.Arena("difference", [1, 2, 7], 3, 0.2);
        int filtered = file.Arena("filtered", [1, 2, 4], -100);
        int filters = file.Arena("filters", [8, 5], at: "state", type: "int16");
        file.Operator("subtract", [file.Int8s("mean", [7], random.Int8s(7)), x], difference, Rescales(("multiplier1", -1), ("multiplier2", -1), ("outputMultiplier", -18)));
        JsonObject svdf = Rescales(("featureMultiplier", -1), ("timeMultiplier", -20));
        svdf["rank"] = 2;
        int[] inputs = [difference, file.Int8s("features", [8, 7], random.Weights(56)), file.Int16s("time", [8, 5], Int16s(40)), file.Int32s("svdf/b", [4], random.Int32s(4, 90_000))];
        file.Operator("svdf", inputs, [filtered, filters], svdf);
        file.Plan["tensors"]![filters]!["initial"] = file.Int16s("initial", [8, 5], Int16s(40));
        LstmLayer layer = LstmLayer.Any(random, 4, 9, 5, inputGate: true, peephole: true, projection: true, Rounding.Twice, clips: true) with { InputZeroPoint = -100 };
        int y = file.Arena("y", [1, 2, 5], layer.OutputZeroPoint);
        LstmTests.Add(file, layer, filtered, y, memory);
        return file.Ends(x, y);

        short[] Int16s(int count) => [.. random.Int32s(count, 32_767).Select(v => (short)v)];
    }

    /// <summary>What pools over all time: 0 convolution, 1 softmax pool of two results a step, 2 softmax pool that starts anew at every run.</summary>
    public static EdgeFile Pooled()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 4, 3, 5], -9);
        int logits = file.Arena("logits", [1, 4, 3, 5], 3);
        int mean = file.Arena("mean", [1, 2, 3, 5], 4);
        int sums = file.Arena("sums", [2, 3, 5, 2], scale: 0, at: "state", type: "int32");
        int largest = file.State("largest", [3, 5], 3);
        int y = file.Arena("y", [1, 1, 3, 5], 5);
        int sums2 = file.Arena("sums2", [2, 3, 5, 2], scale: 0, type: "int32");
        int largest2 = file.Arena("largest2", [3, 5], 4);
        file.Operator("convolution", [x, file.Int8s("w", [5, 1, 1, 5], random.Weights(25)), file.Int32s("b", [5], random.Int32s(5, 900)), Scales(file, "q", 5, -6)], logits);
        file.Operator("softmax-pool", [x, logits], [mean, sums, largest], Rescales(("multiplier", 23), ("outputMultiplier", -19)));
        file.Operator("softmax-pool", [mean, mean], [y, sums2, largest2], Rescales(("multiplier", 22), ("outputMultiplier", -20)));
        return file.Ends(x, y);
    }

    /// <summary>
    /// What an LMUFormer has: 0 neurons, 1 fully connected, 2 Legendre memory, 3 neurons over 16 bits, 4 fully connected over spikes, 5 running mean. In a
    /// stream they know where the sound begins and ends.
    /// </summary>
    public static EdgeFile Memory(string memory)
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 2, 1, 9], -9);
        int spikes = file.Arena("spikes", [1, 2, 1, 9], scale: 1);
        int u = file.Arena("u", [1, 2, 1, 1], 4);
        int m = file.Arena("m", [1, 2, 1, 12], type: "int16");
        int spikes2 = file.Arena("spikes2", [1, 2, 1, 12], scale: 1);
        int logits = file.Arena("logits", [1, 2, 1, 3], 5);
        int y = file.Arena("y", [1, 2, 1, 3], -2);
        file.Operator("leaky-integrate-and-fire", [x], [spikes, .. States("membrane", 0, [1, 9])], Delayed(Neurons()));
        file.Operator("fully-connected", [spikes, file.Int8s("w1", [1, 9], random.Weights(9)), file.Int32s("b1", [1], 9), Scales(file, "q1", 1, -1)], u);
        int[] shifts = [.. Enumerable.Repeat(13, 12), .. Enumerable.Repeat(3, 12)];
        file.Operator(
            "legendre-memory", [u, file.Int16s("A", [12, 12], Int16s(144, 4_000)), file.Int16s("B", [12], Int16s(12, 30_000)), file.Int32s("shifts", [2, 12], shifts)],
            [m, .. States("memory", 1, [12])], Delayed([]));
        file.Operator("leaky-integrate-and-fire", [m], [spikes2, .. States("membrane2", 1, [1, 12])], Delayed(Neurons()));
        file.Operator("fully-connected", [spikes2, file.Int8s("w2", [3, 12], random.Weights(36)), file.Int32s("b2", [3], 1, 2, 3), Scales(file, "q2", 3, -1)], logits);
        int[] sums = [file.Arena("sums", [1, 3], scale: 0, at: memory, type: "int32"), file.Arena("count", [1], scale: 0, at: memory, type: "int32"), .. Clock("clock3")];
        file.Operator("running-mean", [logits], [y, .. sums], Delayed(Rescales(("multiplier", 1))));
        file.Plan["delaySteps"] = memory == "state" ? 1 : 0;
        return file.Ends(x, y);

        JsonObject Neurons()
        {
            JsonObject attributes = Rescales(("leakMultiplier", 0), ("chargeMultiplier", 4));
            attributes["threshold"] = 900;
            return attributes;
        }

        JsonObject Delayed(JsonObject attributes)
        {
            if (memory == "state")
            {
                attributes["delay"] = 1;
            }

            return attributes;
        }

        int[] States(string name, int number, int[] shape) => [file.Arena(name, shape, at: memory, type: "int16"), .. Clock($"clock{number}")];

        int[] Clock(string name) => memory == "state" ? [file.Clock(name)] : [];

        short[] Int16s(int count, int magnitude) => [.. random.Int32s(count, magnitude).Select(v => (short)v)];
    }

    private static JsonObject Rescales(params (string Name, int Shift)[] scales) => new(scales.SelectMany(s => (KeyValuePair<string, JsonNode?>[])
        [new(s.Name, 1_500_000_000), new(s.Name + "Shift", s.Shift)]));

    private static int Scales(EdgeFile file, string name, int channels, int shift = -8) => file.Requantization(name, new Requantization(
        [.. Enumerable.Repeat(1_400_000_000, channels)], [.. Enumerable.Repeat(shift, channels)], 0, -128, 127, file.Rounding));
}
