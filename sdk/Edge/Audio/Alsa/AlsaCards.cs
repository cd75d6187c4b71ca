using System.Globalization;
using System.Text;

namespace Edge.Audio.Alsa;

/// <summary>What the kernel tells of its sound cards in /proc/asound.</summary>
internal static class AlsaCards
{
    /// <summary>Which programs capture now: " (arecord, process 1234, on card 1)"; empty where the kernel does not say.</summary>
    public static string Holders()
    {
        var text = new StringBuilder();
        foreach (string status in Status())
        {
            string? owner = Lines(status).FirstOrDefault(line => line.StartsWith("owner_pid", StringComparison.Ordinal));
            string process = owner?[(owner.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "";
            if (int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                string name = Lines($"/proc/{id}/comm").FirstOrDefault() ?? "a program";
                string card = status.Split('/')[3]["card".Length..];
                text.Append(text.Length == 0 ? " (" : ", ").Append(CultureInfo.InvariantCulture, $"{name}, process {id}, on card {card}");
            }
        }

        return text.Length == 0 ? "" : text.Append(')').ToString();
    }

    /// <summary>/proc/asound/card1/pcm0c/sub0/status of every capture stream.</summary>
    private static IEnumerable<string> Status() =>
        from card in Folders("/proc/asound", "card*")
        from stream in Folders(card, "pcm*c")
        from substream in Folders(stream, "sub*")
        select Path.Combine(substream, "status");

    private static string[] Folders(string path, string pattern)
    {
        try
        {
            return Directory.GetDirectories(path, pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
