using Edge.OnnxRuntime.Interop;

namespace Edge.OnnxRuntime;

/// <summary>A model loaded into ONNX Runtime; may be run from several threads at once.</summary>
public sealed class OnnxSession : IDisposable
{
    private readonly OrtRuntime runtime;
    private readonly OrtHandle handle;

    private OnnxSession(OrtRuntime runtime, (OrtHandle Handle, ProviderReport Report) opened)
    {
        this.runtime = runtime;
        handle = opened.Handle;
        Report = opened.Report;
        try
        {
            Inputs = SessionSignature.Inputs(runtime, handle);
            Outputs = SessionSignature.Outputs(runtime, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The inputs that the model declares, in order.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs { get; }

    /// <summary>The outputs that the model declares, in order.</summary>
    public IReadOnlyList<OnnxValueInfo> Outputs { get; }

    /// <summary>Which execution provider was asked for and which runs.</summary>
    public ProviderReport Report { get; }

    /// <summary>Opens a model file.</summary>
    /// <exception cref="OnnxRuntimeException">The library is missing, the model is unusable, or no provider of the policy serves it.</exception>
    public static OnnxSession Open(string path, OnnxSessionOptions? options = null)
    {
        OrtRuntime runtime = OnnxRuntimeLibrary.Instance;
        return new OnnxSession(runtime, SessionOpener.Open(runtime, options ?? new(), path, []));
    }

    /// <summary>Opens a model from the bytes of its file.</summary>
    /// <exception cref="OnnxRuntimeException">The library is missing, the model is unusable, or no provider of the policy serves it.</exception>
    public static OnnxSession Open(ReadOnlySpan<byte> model, OnnxSessionOptions? options = null)
    {
        OrtRuntime runtime = OnnxRuntimeLibrary.Instance;
        return new OnnxSession(runtime, SessionOpener.Open(runtime, options ?? new(), null, model));
    }

    /// <summary>Runs the model and copies every output.</summary>
    /// <param name="inputs">A tensor for each input, by name.</param>
    /// <exception cref="ArgumentException">An input is missing, unknown, or of another type or shape.</exception>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public IReadOnlyDictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        var copies = new Dictionary<string, OnnxTensor>();
        Run(inputs, output => copies.Add(output.Name, OnnxTensor.Copy(output)));
        return copies;
    }

    /// <summary>Runs the model and shows each output, in declared order, where it lies; nothing is copied.</summary>
    /// <param name="inputs">A tensor for each input, by name.</param>
    /// <param name="visitor">Receives each output; the memory is gone when it returns.</param>
    /// <exception cref="ArgumentException">An input is missing, unknown, or of another type or shape.</exception>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run(IReadOnlyDictionary<string, OnnxTensor> inputs, OnnxOutputVisitor visitor)
    {
        CheckInputs(inputs);
        bool added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            using var run = new SessionRun(runtime, Inputs, Outputs);
            run.Run(handle, inputs);
            run.Visit(visitor);
        }
        finally
        {
            if (added)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>Unloads the model, once the runs under way have ended.</summary>
    public void Dispose() => handle.Dispose();

    private void CheckInputs(IReadOnlyDictionary<string, OnnxTensor> given)
    {
        foreach (OnnxValueInfo input in Inputs)
        {
            string? problem = given.TryGetValue(input.Name, out OnnxTensor? tensor) ? input.Misfit(tensor) : $"input {input} is missing.";
            if (problem is not null)
            {
                throw new ArgumentException(problem, nameof(given));
            }
        }

        if (given.Count > Inputs.Count)
        {
            string unknown = given.Keys.First(name => Inputs.All(input => input.Name != name));
            throw new ArgumentException($"'{unknown}' is not an input of the model; it has {string.Join(", ", Inputs)}.", nameof(given));
        }
    }
}
