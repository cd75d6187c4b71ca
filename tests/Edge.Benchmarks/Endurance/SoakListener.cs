using System.Globalization;
using Edge.Audio;
using Edge.Detection;

namespace Edge.Benchmarks.Endurance;

/// <summary>`soak hear MODEL...`: the process that listens. PCM comes by standard input; at its end a line a model event, a line a minute's memory and the count of frames go out.</summary>
internal static class SoakListener
{
    private const int BlockMs = 20;
    private const int MostEvents = 100_000;
    private const int MostMinutes = 60 * 24 * 31;

    public static int Run(string[] paths)
    {
        AudioModel[] models = Array.ConvertAll(paths, path => AudioModel.Load(path));
        Spotter[] spotters = Array.ConvertAll(models, model => new Spotter(model, LongSound.RateHz));
        using var source = new MonoSource(new RawPcmSource(new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(0, false), FileAccess.Read, bufferSize: 0), LongSound.RateHz), LongSound.RateHz);
        using var meter = new MemoryMeter();
        AudioEvent[] events = Touched<AudioEvent>(MostEvents);
        (long Allocated, long Resident, long Anonymous)[] memory = Touched<(long, long, long)>(MostMinutes);
        int eventCount = 0;
        int minutes = 0;
        short[] block = new short[LongSound.RateHz * BlockMs / 1000];
        for (int count; (count = source.Read(block)) > 0;)
        {
            foreach (Spotter spotter in spotters)
            {
                foreach (AudioEvent heard in spotter.Push(block.AsSpan(0, count)))
                {
                    events[eventCount++] = heard;
                }
            }

            if (source.SamplesRead / (60 * LongSound.RateHz) > minutes && minutes < memory.Length)
            {
                memory[minutes++] = (MemoryMeter.AllocatedBytes, meter.ResidentBytes, meter.AnonymousBytes);
            }
        }

        foreach (Spotter spotter in spotters)
        {
            foreach (AudioEvent heard in spotter.Finish())
            {
                events[eventCount++] = heard;
            }
        }

        Print(events.AsSpan(0, eventCount), memory.AsSpan(0, minutes), source.SamplesRead);
        return 0;
    }

    /// <summary>An array whose pages are resident from the start, so that the listener's own notes are no growth.</summary>
    private static T[] Touched<T>(int length)
    {
        T[] array = new T[length];
        Array.Clear(array);
        return array;
    }

    private static void Print(ReadOnlySpan<AudioEvent> events, ReadOnlySpan<(long Allocated, long Resident, long Anonymous)> memory, long frames)
    {
        foreach (AudioEvent heard in events)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"event\t{heard.Model}\t{heard.Label}\t{heard.Start.TotalSeconds}"));
        }

        foreach ((long allocated, long resident, long anonymous) in memory)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"minute\t{allocated}\t{resident}\t{anonymous}"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"frames\t{frames}"));
    }
}
