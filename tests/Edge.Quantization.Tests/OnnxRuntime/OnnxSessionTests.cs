using Edge.OnnxRuntime;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests.OnnxRuntime;

public class OnnxSessionTests
{
    [Fact]
    public void A_session_says_what_the_model_takes_and_gives()
    {
        using OnnxSession session = Open(TestGraphs.Convolution());
        Assert.Equal("x: Float32 [batch, 2, 5]", $"{Assert.Single(session.Inputs)}");
        Assert.Equal("y: Float32 [batch, 3]", $"{Assert.Single(session.Outputs)}");
    }

    [Fact]
    public void Tensors_of_every_type_pass_through()
    {
        TestGraphs.RequireOnnxRuntime();
        PassThrough<float>(ElementType.Float32, [1.5f, float.NaN]);
        PassThrough<double>(ElementType.Float64, [1.5, -2]);
        PassThrough<Half>(ElementType.Float16, [(Half)1.5, (Half)(-2)]);
        PassThrough<sbyte>(ElementType.Int8, [-128, 127]);
        PassThrough<byte>(ElementType.UInt8, [0, 255]);
        PassThrough<short>(ElementType.Int16, [short.MinValue, short.MaxValue]);
        PassThrough<ushort>(ElementType.UInt16, [0, ushort.MaxValue]);
        PassThrough<int>(ElementType.Int32, [int.MinValue, int.MaxValue]);
        PassThrough<long>(ElementType.Int64, [long.MinValue, long.MaxValue]);
        PassThrough<bool>(ElementType.Bool, [true, false]);
        PassThrough<float>(ElementType.Float32, []);
    }

    [Fact]
    public void A_model_with_state_runs_step_by_step()
    {
        TestGraphs.RequireOnnxRuntime();
        using OnnxSession session = OnnxSession.Open(Repository.Shared("models", "silero-vad-16k.onnx"));
        var inputs = new Dictionary<string, OnnxTensor>
        {
            ["input"] = OnnxTensor.Of([1, 512], new float[512]),
            ["state"] = OnnxTensor.Of([2, 1, 128], new float[256]),
            ["sr"] = OnnxTensor.Of([], new long[] { 16000 }),
        };
        IReadOnlyDictionary<string, OnnxTensor> first = session.Run(inputs);
        Assert.InRange(Assert.Single(first["output"].Elements<float>()), 0, 0.5f);
        inputs["state"] = first["stateN"];
        Assert.NotEqual(first["stateN"].Elements<float>(), session.Run(inputs)["stateN"].Elements<float>());
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused_before_the_run()
    {
        using OnnxSession session = Open(TestGraphs.Convolution());
        Refused([], "missing");
        Refused(new() { ["x"] = OnnxTensor.Of([1, 2, 4], new float[8]) }, "[1, 2, 4]");
        Refused(new() { ["x"] = OnnxTensor.Of([2, 5], new float[10]) }, "[2, 5]");
        Refused(new() { ["x"] = OnnxTensor.Of([1, 2, 5], new int[10]) }, "Int32");
        Refused(new(TestGraphs.ConvolutionInput(new float[10])) { ["z"] = OnnxTensor.Of([1], new float[1]) }, "'z'");

        void Refused(Dictionary<string, OnnxTensor> inputs, string named) =>
            Assert.Contains(named, Assert.Throws<ArgumentException>(() => session.Run(inputs)).Message);
    }

    [Fact]
    public void A_failing_run_gives_function_and_code_and_leaves_the_session_usable()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Initializers["shape"] = Tensor.Vector(21);
        graph.Nodes.Add(new Node("Reshape", ["y", "shape"], ["z"], "broken"));
        graph.Outputs.Add(new ValueInfo("z", ElementType.Float32, null));
        using OnnxSession session = Open(graph);
        OnnxRuntimeException fault = Assert.Throws<OnnxRuntimeException>(() => session.Run(TestGraphs.ConvolutionInput(new float[10])));
        Assert.Equal("Run", fault.Function);
        Assert.Contains("broken", fault.Message);
        Assert.Equal(21, session.Run(TestGraphs.ConvolutionInput(new float[70]))["z"].Elements<float>().Length);
    }

    [Fact]
    public void A_model_that_is_none_gives_function_and_code()
    {
        TestGraphs.RequireOnnxRuntime();
        OnnxRuntimeException fault = Assert.Throws<OnnxRuntimeException>(() => OnnxSession.Open([1, 2, 3]));
        Assert.Equal(("CreateSessionFromArray", OnnxErrorCode.InvalidProtobuf), (fault.Function, fault.Code));
        Assert.Equal(OnnxErrorCode.NoSuchFile, Assert.Throws<OnnxRuntimeException>(() => OnnxSession.Open("no such.onnx")).Code);
    }

    [Fact]
    public void A_disposed_session_refuses_to_run()
    {
        OnnxSession session = Open(TestGraphs.Convolution());
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run(TestGraphs.ConvolutionInput(new float[10])));
    }

    [Fact]
    public void Two_threads_can_run_one_session()
    {
        using OnnxSession session = Open(TestGraphs.Convolution());
        float[] x = TestGraphs.Ramp(10, 4);
        float[] expected = session.Run(TestGraphs.ConvolutionInput(x))["y"].Elements<float>();
        Parallel.For(0, 200, _ => Assert.Equal(expected, session.Run(TestGraphs.ConvolutionInput(x))["y"].Elements<float>()));
    }

    [Fact]
    public void The_report_says_that_everything_runs_on_the_CPU()
    {
        using OnnxSession session = Open(TestGraphs.Convolution());
        Assert.Equal(ExecutionProvider.Cpu, session.Report.Running);
        Assert.Equal("CPUExecutionProvider", Assert.Single(session.Report.NodesByProvider).Key);
        Assert.Empty(session.Report.Declined);
    }

    [Fact]
    public void A_required_provider_that_is_absent_is_an_error()
    {
        TestGraphs.RequireOnnxRuntime();
        var options = new OnnxSessionOptions { Providers = ProviderPolicy.Require(ExecutionProvider.CoreMl) };
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "Core ML is there");
        OnnxRuntimeException fault = Assert.Throws<OnnxRuntimeException>(() => Open(TestGraphs.Convolution(), options));
        Assert.Equal(OnnxErrorCode.ProviderFailed, fault.Code);
        Assert.Contains("require CoreMl", fault.Message);
    }

    [Fact]
    public void A_preferred_provider_that_is_absent_is_reported_and_the_CPU_runs_only_where_it_is_named()
    {
        TestGraphs.RequireOnnxRuntime();
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "Core ML is there");
        ProviderPolicy named = ProviderPolicy.Prefer(ExecutionProvider.CoreMl, ExecutionProvider.Cpu);
        using OnnxSession session = Open(TestGraphs.Convolution(), new() { Providers = named });
        Assert.Equal(ExecutionProvider.Cpu, session.Report.Running);
        Assert.Contains("CoreMl was declined", Assert.Single(session.Report.Declined));
        ProviderPolicy unnamed = ProviderPolicy.Prefer(ExecutionProvider.CoreMl);
        Assert.Throws<OnnxRuntimeException>(() => Open(TestGraphs.Convolution(), new() { Providers = unnamed }));
    }

    [Fact]
    public void A_tensor_whose_dimensions_do_not_give_its_length_is_refused()
    {
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of([2, 3], new float[5]));
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of([long.MaxValue, long.MaxValue], new float[1]));
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of([1], new char[1]));
        Assert.ThrowsAny<ArgumentException>(() => OnnxTensor.Of([-1, -5], new float[5]));
        Assert.Throws<InvalidOperationException>(() => OnnxTensor.Of([1], new float[1]).Elements<int>());
    }

    private static OnnxSession Open(ModelGraph graph, OnnxSessionOptions? options = null)
    {
        TestGraphs.RequireOnnxRuntime();
        return OnnxSession.Open(OnnxWriter.Write(graph), options);
    }

    private static void PassThrough<T>(ElementType type, T[] elements) where T : unmanaged
    {
        var graph = new ModelGraph
        {
            Inputs = { new ValueInfo("x", type, ["n"]) },
            Outputs = { new ValueInfo("y", type, ["n"]) },
            Nodes = { new Node("Identity", ["x"], ["y"]) },
        };
        using OnnxSession session = Open(graph);
        OnnxTensor y = session.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([elements.Length], elements) })["y"];
        Assert.Equal(elements, y.Elements<T>());
        Assert.Equal([elements.Length], y.Dims.ToArray());
    }
}
