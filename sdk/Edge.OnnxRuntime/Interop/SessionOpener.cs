using System.Runtime.InteropServices;
using System.Text;

namespace Edge.OnnxRuntime.Interop;

/// <summary>Opens sessions by policy: tries the providers in order and notes what each did.</summary>
internal static unsafe class SessionOpener
{
    public static (OrtHandle Handle, ProviderReport Report) Open(
        OrtRuntime runtime, OnnxSessionOptions options, string? path, ReadOnlySpan<byte> model)
    {
        var declined = new List<string>();
        foreach (ExecutionProvider provider in options.Providers.Providers)
        {
            OrtHandle? session = null;
            try
            {
                session = Create(runtime, options, provider, path, model);
                Dictionary<string, int> nodes = NodesByProvider(runtime.Api, session);
                if (provider == ExecutionProvider.Cpu || nodes.Count == 0 || nodes.ContainsKey(Names(provider).Reported))
                {
                    return (session, new ProviderReport(options.Providers, provider, nodes, declined));
                }

                declined.Add($"{provider} was declined: it has a kernel for no node of the model");
            }
            catch (OnnxRuntimeException e) when (provider != ExecutionProvider.Cpu)
            {
                declined.Add($"{provider} was declined: {e.Message}");
            }

            session?.Dispose();
        }

        throw new OnnxRuntimeException(
            "Opening a session",
            OnnxErrorCode.ProviderFailed,
            $"no execution provider serves the model. Asked to {options.Providers}; {string.Join("; ", declined)}. This library has "
            + $"{string.Join(", ", OnnxRuntimeLibrary.AvailableProviders)}. Name Cpu in the policy to let the processor run it.");
    }

    private static OrtHandle Create(
        OrtRuntime runtime, OnnxSessionOptions options, ExecutionProvider provider, string? path, ReadOnlySpan<byte> model)
    {
        OrtApi api = runtime.Api;
        api.Check(api.CreateSessionOptions(out nint created), nameof(api.CreateSessionOptions));
        using var native = new OrtHandle(created, api.ReleaseSessionOptions);
        api.Check(api.SetIntraOpNumThreads(created, options.Threads), nameof(api.SetIntraOpNumThreads));
        api.Check(api.SetInterOpNumThreads(created, 1), nameof(api.SetInterOpNumThreads));
        api.Check(api.SetSessionGraphOptimizationLevel(created, (int)options.Optimization), nameof(api.SetSessionGraphOptimizationLevel));
        if (!options.KeepMemory)
        {
            api.Check(api.DisableMemPattern(created), nameof(api.DisableMemPattern));
            api.Check(api.DisableCpuMemArena(created), nameof(api.DisableCpuMemArena));
        }

        string spinning = options.AllowSpinning ? "1" : "0";
        Configure(api, created, "session.intra_op.allow_spinning", spinning);
        Configure(api, created, "session.inter_op.allow_spinning", spinning);
        if (api.HasAssignment)
        {
            Configure(api, created, "session.record_ep_graph_assignment_info", "1");
        }

        if (!options.Providers.AllowsCpu)
        {
            Configure(api, created, "session.disable_cpu_ep_fallback", "1");
        }

        Append(api, created, provider);
        return Load(runtime, created, path, model);
    }

    private static OrtHandle Load(OrtRuntime runtime, nint options, string? path, ReadOnlySpan<byte> model)
    {
        OrtApi api = runtime.Api;
        nint session;
        if (path is null)
        {
            fixed (byte* bytes = model)
            {
                nint status = api.CreateSessionFromArray(runtime.Environment, bytes, (nuint)model.Length, options, out session);
                api.Check(status, nameof(api.CreateSessionFromArray));
            }
        }
        else
        {
            // ORTCHAR_T is UTF-16 on Windows and UTF-8 elsewhere.
            byte[] text = (OperatingSystem.IsWindows() ? Encoding.Unicode : Encoding.UTF8).GetBytes(path + '\0');
            fixed (byte* name = text)
            {
                api.Check(api.CreateSession(runtime.Environment, name, options, out session), nameof(api.CreateSession));
            }
        }

        return new OrtHandle(session, api.ReleaseSession);
    }

    private static void Append(OrtApi api, nint options, ExecutionProvider provider)
    {
        switch (provider)
        {
            case ExecutionProvider.Cpu:
                break;
            case ExecutionProvider.Cuda:
                api.Check(api.CreateCudaOptions(out nint cuda), nameof(api.CreateCudaOptions));
                using (new OrtHandle(cuda, api.ReleaseCudaOptions))
                {
                    api.Check(api.AppendCuda(options, cuda), nameof(api.AppendCuda));
                }

                break;
            case ExecutionProvider.TensorRt:
                api.Check(api.CreateTensorRtOptions(out nint tensorRt), nameof(api.CreateTensorRtOptions));
                using (new OrtHandle(tensorRt, api.ReleaseTensorRtOptions))
                {
                    api.Check(api.AppendTensorRt(options, tensorRt), nameof(api.AppendTensorRt));
                }

                break;
            default:
                nint text = Marshal.StringToCoTaskMemUTF8(Names(provider).Append);
                try
                {
                    api.Check(api.AppendProvider(options, (byte*)text, null, null, 0), nameof(api.AppendProvider));
                }
                finally
                {
                    Marshal.FreeCoTaskMem(text);
                }

                break;
        }
    }

    /// <summary>ONNX Runtime's names of a provider: where it reports one, and where it is asked for one.</summary>
    private static (string Reported, string Append) Names(ExecutionProvider provider) => provider switch
    {
        ExecutionProvider.Cuda => ("CUDAExecutionProvider", "CUDA"),
        ExecutionProvider.TensorRt => ("TensorrtExecutionProvider", "TensorRT"),
        ExecutionProvider.WebGpu => ("WebGpuExecutionProvider", "WebGPU"),
        ExecutionProvider.CoreMl => ("CoreMLExecutionProvider", "CoreML"),
        ExecutionProvider.Xnnpack => ("XnnpackExecutionProvider", "XNNPACK"),
        _ => ("CPUExecutionProvider", "CPU"),
    };

    private static Dictionary<string, int> NodesByProvider(OrtApi api, OrtHandle session)
    {
        var nodes = new Dictionary<string, int>();
        if (!api.HasAssignment)
        {
            return nodes;
        }

        nint status = api.SessionGetEpGraphAssignmentInfo(session.Value, out nint* subgraphs, out nuint count);
        api.Check(status, nameof(api.SessionGetEpGraphAssignmentInfo));
        for (nuint i = 0; i < count; i++)
        {
            api.Check(api.EpAssignedSubgraphGetEpName(subgraphs[i], out byte* name), nameof(api.EpAssignedSubgraphGetEpName));
            api.Check(api.EpAssignedSubgraphGetNodes(subgraphs[i], out _, out nuint assigned), nameof(api.EpAssignedSubgraphGetNodes));
            string key = OrtApi.Text(name);
            nodes[key] = nodes.GetValueOrDefault(key) + (int)assigned;
        }

        return nodes;
    }

    private static void Configure(OrtApi api, nint options, string key, string value)
    {
        nint keyText = Marshal.StringToCoTaskMemUTF8(key);
        nint valueText = Marshal.StringToCoTaskMemUTF8(value);
        try
        {
            api.Check(api.AddSessionConfigEntry(options, (byte*)keyText, (byte*)valueText), nameof(api.AddSessionConfigEntry));
        }
        finally
        {
            Marshal.FreeCoTaskMem(keyText);
            Marshal.FreeCoTaskMem(valueText);
        }
    }
}
