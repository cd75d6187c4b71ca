using System.Runtime.InteropServices;

namespace Edge.OnnxRuntime.Interop;

/// <summary>One run of a session: pins the inputs, holds the outputs, and gives all of it back.</summary>
internal sealed unsafe class SessionRun(OrtRuntime runtime, IReadOnlyList<OnnxValueInfo> inputs, IReadOnlyList<OnnxValueInfo> outputs)
    : IDisposable
{
    private readonly OrtApi api = runtime.Api;
    private readonly GCHandle[] pinned = new GCHandle[inputs.Count];
    private readonly nint[] inputValues = new nint[inputs.Count];
    private readonly nint[] outputValues = new nint[outputs.Count];

    public void Run(OrtHandle session, IReadOnlyDictionary<string, OnnxTensor> tensors)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            CreateInput(i, tensors[inputs[i].Name]);
        }

        nint[] inputNames = Names(inputs);
        nint[] outputNames = Names(outputs);
        try
        {
            fixed (nint* inNames = inputNames, outNames = outputNames, ins = inputValues, outs = outputValues)
            {
                nint status = api.Run(
                    session.Value, 0, (byte**)inNames, ins, (nuint)inputs.Count, (byte**)outNames, (nuint)outputs.Count, outs);
                api.Check(status, nameof(api.Run));
            }
        }
        finally
        {
            Array.ForEach(inputNames, Marshal.FreeCoTaskMem);
            Array.ForEach(outputNames, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>Shows the outputs in order.</summary>
    public void Visit(OnnxOutputVisitor visitor)
    {
        for (int i = 0; i < outputs.Count; i++)
        {
            string name = outputs[i].Name;
            api.Check(api.IsTensor(outputValues[i], out int isTensor), nameof(api.IsTensor));
            if (isTensor == 0)
            {
                throw new NotSupportedException($"Output '{name}' is a sequence or a map; only tensors can be received.");
            }

            api.Check(api.GetTensorTypeAndShape(outputValues[i], out nint shape), nameof(api.GetTensorTypeAndShape));
            using var owned = new OrtHandle(shape, api.ReleaseTensorTypeAndShapeInfo);
            api.Check(api.GetTensorElementType(shape, out int type), nameof(api.GetTensorElementType));
            api.Check(api.GetTensorShapeElementCount(shape, out nuint count), nameof(api.GetTensorShapeElementCount));
            api.Check(api.GetTensorMutableData(outputValues[i], out void* data), nameof(api.GetTensorMutableData));
            int size = ((OnnxElementType)type).SizeBytes();
            if (size == 0)
            {
                throw new NotSupportedException($"Output '{name}' holds {(OnnxElementType)type}, which cannot be received.");
            }

            int bytes = checked((int)count * size);
            visitor(new OnnxOutput(name, (OnnxElementType)type, SessionSignature.Dims(api, shape), new ReadOnlySpan<byte>(data, bytes)));
        }
    }

    public void Dispose()
    {
        // Values first: those of the inputs point into the pinned arrays.
        foreach (nint value in inputValues.Concat(outputValues).Where(value => value != 0))
        {
            api.ReleaseValue(value);
        }

        foreach (GCHandle handle in pinned.Where(handle => handle.IsAllocated))
        {
            handle.Free();
        }
    }

    private void CreateInput(int index, OnnxTensor tensor)
    {
        pinned[index] = GCHandle.Alloc(tensor.Data, GCHandleType.Pinned);
        var bytes = (nuint)((long)tensor.Data.Length * tensor.ElementType.SizeBytes());
        fixed (long* dims = tensor.Dims)
        {
            nint status = api.CreateTensorWithDataAsOrtValue(
                runtime.CpuMemory,
                (void*)pinned[index].AddrOfPinnedObject(),
                bytes,
                dims,
                (nuint)tensor.Dims.Length,
                (int)tensor.ElementType,
                out inputValues[index]);
            api.Check(status, nameof(api.CreateTensorWithDataAsOrtValue));
        }
    }

    private static nint[] Names(IReadOnlyList<OnnxValueInfo> values)
    {
        var names = new nint[values.Count];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = Marshal.StringToCoTaskMemUTF8(values[i].Name);
        }

        return names;
    }
}
