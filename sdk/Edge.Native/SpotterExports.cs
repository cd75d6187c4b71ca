using System.Runtime.InteropServices;
using Edge.Detection;

namespace Edge.Native;

/// <summary>Functions of edge.h about spotters.</summary>
internal static unsafe class SpotterExports
{
    private static readonly HandleTable<SpotterStream> Spotters = new("spotter", "edge_spotter_new");

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_new")]
    public static int Create(nint model, int sampleRateHz, byte* detection, nint* spotter)
    {
        try
        {
            ModelExports.Clear(spotter, nameof(spotter));
            string? settings = detection is null ? null : ModelExports.TextOf(detection, nameof(detection));
            *spotter = Spotters.Add(new SpotterStream(ModelExports.Models.Find(model), sampleRateHz == 0 ? null : sampleRateHz, settings));
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_push")]
    public static int Push(nint spotter, short* samples, nuint count)
    {
        try
        {
            SpotterStream stream = Spotters.Find(spotter);
            if ((samples is null && count > 0) || count > int.MaxValue)
            {
                throw new ArgumentException($"The samples are {(samples is null ? "null" : "given")}, and their count is {count}; expected at most {int.MaxValue} in one call.");
            }

            stream.Push(new ReadOnlySpan<short>(samples, (int)count));
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_next_event")]
    public static int NextEvent(nint spotter, void* heard, nuint size)
    {
        try
        {
            SpotterStream stream = Spotters.Find(spotter);
            Structures.Copy(default(NativeEvent), heard, size, "edge_event"); // before an event is taken that would be lost
            if (!stream.TryTake(out AudioEvent taken))
            {
                return Status.NoEvent;
            }

            Structures.Copy(NativeEvent.Of(taken), heard, size, "edge_event");
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_event_values")]
    public static int GetEventValues(nint spotter, float* values, nuint count)
    {
        try
        {
            return Spotters.Find(spotter).TryCopyValues(values, count) ? Status.Ok : Status.NoEvent;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_finish")]
    public static int Finish(nint spotter)
    {
        try
        {
            Spotters.Find(spotter).Finish();
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_reset")]
    public static int Reset(nint spotter)
    {
        try
        {
            Spotters.Find(spotter).Reset();
            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "edge_spotter_free")]
    public static int Free(nint spotter)
    {
        try
        {
            if (spotter != 0)
            {
                Spotters.Find(spotter).Close(); // refused while another thread is inside
                _ = Spotters.Remove(spotter);
            }

            return Status.Ok;
        }
        catch (Exception e)
        {
            return Status.Of(e);
        }
    }
}
