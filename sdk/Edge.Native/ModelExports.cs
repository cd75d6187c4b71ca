using System.Runtime.InteropServices;
using Edge.Detection;

namespace Edge.Native;

/// <summary>Functions of edge.h about models.</summary>
internal static unsafe class ModelExports
{
    /// <summary>All models that C holds.</summary>
    public static readonly HandleTable<LoadedModel> Models = new("model", "edge_model_load");

    [UnmanagedCallersOnly(EntryPoint = "edge_model_load")]
    public static int Load(byte* path, nint* model)
    {
        try
        {
            Clear(model, nameof(model));
            *model = Models.Add(new LoadedModel(AudioModel.Load(TextOf(path, nameof(path)))));
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_model_load_memory")]
    public static int LoadMemory(byte* bytes, nuint length, nint* model)
    {
        try
        {
            Clear(model, nameof(model));
            if (bytes is null || length == 0 || length > (nuint)Array.MaxLength)
            {
                throw new ArgumentException($"The model's bytes are {(bytes is null ? "null" : $"{length} long")}; expected a whole .edge file, 1 to {Array.MaxLength} bytes.");
            }

            byte[] copy = new ReadOnlySpan<byte>(bytes, (int)length).ToArray();
            *model = Models.Add(new LoadedModel(AudioModel.Load(copy, "the model in memory")));
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_model_get_info")]
    public static int GetInfo(nint model, void* info, nuint size)
    {
        try
        {
            LoadedModel loaded = Models.Find(model);
            AudioModel found = loaded.Model;
            var made = new NativeModelInfo
            {
                SampleRateHz = found.SampleRateHz,
                StepSamples = found.StepSamples,
                LabelCount = found.Labels.Count,
                MemoryBytes = found.Network.MemoryBytes + (long)found.Network.ScratchBytes,
                FileBytes = found.Network.FileBytes,
                Name = loaded.Name.Pointer,
            };
            Structures.Copy(made, info, size, "edge_model_info");
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_model_label")]
    public static byte* GetLabel(nint model, int index)
    {
        try
        {
            PinnedText[] labels = Models.Find(model).Labels;
            return (uint)index < (uint)labels.Length
                ? labels[index].Pointer
                : throw new ArgumentException($"Label {index} is asked for; expected 0 to {labels.Length - 1}.");
        }
        catch (Exception e)
        {
            _ = Status.Of(e);
            return null;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_model_free")]
    public static int Free(nint model)
    {
        try
        {
            if (model != 0)
            {
                Models.Remove(model).Release();
            }

            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    /// <summary>Puts null where a handle will be received.</summary>
    /// <exception cref="ArgumentException">There is no such place.</exception>
    internal static void Clear(nint* handle, string name)
    {
        if (handle is null)
        {
            throw new ArgumentException($"The parameter {name} is null; expected the address of a pointer that receives it.");
        }

        *handle = 0;
    }

    /// <exception cref="ArgumentException">The text is null, empty or no UTF-8.</exception>
    internal static string TextOf(byte* text, string name)
    {
        string? read = Marshal.PtrToStringUTF8((nint)text);
        return read is null or "" || read.Contains('\uFFFD')
            ? throw new ArgumentException($"The parameter {name} is {(read is null ? "null" : read == "" ? "empty" : "no UTF-8")}; expected a path.")
            : read;
    }
}
