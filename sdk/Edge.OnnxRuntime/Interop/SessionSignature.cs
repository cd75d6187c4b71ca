namespace Edge.OnnxRuntime.Interop;

/// <summary>Asks a session what it takes and gives.</summary>
internal static unsafe class SessionSignature
{
    public static OnnxValueInfo[] Inputs(OrtRuntime runtime, OrtHandle session)
    {
        OrtApi api = runtime.Api;
        api.Check(api.SessionGetInputCount(session.Value, out nuint count), nameof(api.SessionGetInputCount));
        var inputs = new OnnxValueInfo[count];
        for (nuint i = 0; i < count; i++)
        {
            api.Check(api.SessionGetInputName(session.Value, i, runtime.Allocator, out byte* name), nameof(api.SessionGetInputName));
            string text = Take(runtime, name);
            api.Check(api.SessionGetInputTypeInfo(session.Value, i, out nint type), nameof(api.SessionGetInputTypeInfo));
            inputs[i] = Describe(api, text, type);
        }

        return inputs;
    }

    public static OnnxValueInfo[] Outputs(OrtRuntime runtime, OrtHandle session)
    {
        OrtApi api = runtime.Api;
        api.Check(api.SessionGetOutputCount(session.Value, out nuint count), nameof(api.SessionGetOutputCount));
        var outputs = new OnnxValueInfo[count];
        for (nuint i = 0; i < count; i++)
        {
            api.Check(api.SessionGetOutputName(session.Value, i, runtime.Allocator, out byte* name), nameof(api.SessionGetOutputName));
            string text = Take(runtime, name);
            api.Check(api.SessionGetOutputTypeInfo(session.Value, i, out nint type), nameof(api.SessionGetOutputTypeInfo));
            outputs[i] = Describe(api, text, type);
        }

        return outputs;
    }

    /// <summary>Dimensions of a tensor's type.</summary>
    public static long[] Dims(OrtApi api, nint shape)
    {
        api.Check(api.GetDimensionsCount(shape, out nuint rank), nameof(api.GetDimensionsCount));
        var dims = new long[rank];
        fixed (long* pointer = dims)
        {
            api.Check(api.GetDimensions(shape, pointer, rank), nameof(api.GetDimensions));
        }

        return dims;
    }

    private static string Take(OrtRuntime runtime, byte* name)
    {
        string text = OrtApi.Text(name);
        runtime.Api.Check(runtime.Api.AllocatorFree(runtime.Allocator, name), nameof(OrtApi.AllocatorFree));
        return text;
    }

    private static OnnxValueInfo Describe(OrtApi api, string name, nint type)
    {
        using var owned = new OrtHandle(type, api.ReleaseTypeInfo);

        // The tensor's type is a view of the type and is not released.
        api.Check(api.CastTypeInfoToTensorInfo(type, out nint tensor), nameof(api.CastTypeInfoToTensorInfo));
        if (tensor == 0)
        {
            return new OnnxValueInfo(name, OnnxElementType.Undefined, [], []);
        }

        api.Check(api.GetTensorElementType(tensor, out int elementType), nameof(api.GetTensorElementType));
        long[] dims = Dims(api, tensor);
        byte** names = stackalloc byte*[dims.Length];
        api.Check(api.GetSymbolicDimensions(tensor, names, (nuint)dims.Length), nameof(api.GetSymbolicDimensions));
        var symbols = new string[dims.Length];
        for (int i = 0; i < symbols.Length; i++)
        {
            symbols[i] = OrtApi.Text(names[i]);
        }

        return new OnnxValueInfo(name, (OnnxElementType)elementType, dims, symbols);
    }
}
