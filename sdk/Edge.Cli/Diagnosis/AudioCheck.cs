using System.Globalization;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether there is something to listen with, and whether this user may.</summary>
internal static class AudioCheck
{
    private const string Name = "audio";
    private const string Library = "libasound.so.2";
    private static readonly string[] KindsOfCard = ["hw", "plughw", "sysdefault", "front", "dsnoop"];

    /// <param name="machine">The computer.</param>
    /// <param name="device">The device to listen to, as ALSA names it; null where none is asked for, and what is missing is no fault.</param>
    public static IEnumerable<Finding> Run(Machine machine, string? device)
    {
        Verdict missing = device is null ? Verdict.Warning : Verdict.Fault;
        if (!machine.HasLibrary(Library))
        {
            yield return new Finding(Name, missing, $"{Library} is not installed; sound cards are reached through it", "sudo apt-get install libasound2 (libasound2t64 on Debian 13 and Ubuntu 24.04)");
        }

        List<Card> cards = Cards(machine);
        string present = string.Join(", ", cards.ConvertAll(card => $"{card.Number} [{card.Id}] {card.Description}"));
        List<(int Card, int Device, string Name)> inputs = Inputs(machine);
        if (device is not null && CardOf(device) is { } wanted && !cards.Exists(card => card.Id == wanted || card.Number.ToString(CultureInfo.InvariantCulture) == wanted))
        {
            yield return new Finding(Name, Verdict.Fault, $"device {device} names card '{wanted}'; cards here: {(present == "" ? "none" : present)}", "plug it in, or name another: `edge doctor --device NAME`");
        }
        else if (inputs.Count == 0)
        {
            string found = cards.Count == 0 ? "no sound card" : $"no card that records, only {present}";
            yield return new Finding(Name, missing, found, "plug in a USB microphone, or turn on the overlay of a microphone board in /boot/firmware/config.txt; `arecord -l` lists what the kernel sees");
        }

        foreach ((int card, int number, string name) in inputs)
        {
            yield return OfInput(machine, $"hw:{card},{number}", $"/dev/snd/pcmC{card}D{number}c", name, missing);
        }
    }

    private static Finding OfInput(Machine machine, string device, string file, string name, Verdict missing)
    {
        if (!machine.Exists(file))
        {
            return new Finding(Name, missing, $"{device} {name}: {file} does not exist, as in a container without its devices", "give the container /dev/snd: `--device /dev/snd`");
        }

        return machine.MayUse(machine.PathTo(file))
            ? new Finding(Name, Verdict.Ok, $"{device} {name}")
            : new Finding(Name, missing, $"{device} {name}: {Environment.UserName} may not open {file}; group audio has {Members(machine)}", $"sudo usermod -aG audio {Environment.UserName}, and log in again");
    }

    /// <summary>The card that a device of ALSA names by number or id, as in "plughw:CARD=Device,DEV=0"; null for others, as "default".</summary>
    private static string? CardOf(string device)
    {
        int colon = device.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || Array.IndexOf(KindsOfCard, device[..colon]) < 0)
        {
            return null;
        }

        string card = device[(colon + 1)..].Split(',')[0];
        return card.StartsWith("CARD=", StringComparison.Ordinal) ? card["CARD=".Length..] : card;
    }

    /// <summary>From lines as " 1 [Device         ]: USB-Audio - USB PnP Sound Device"; what stands below each has more on where it is.</summary>
    private static List<Card> Cards(Machine machine)
    {
        var cards = new List<Card>();
        foreach (string line in machine.Lines("/proc/asound/cards"))
        {
            int open = line.IndexOf('[', StringComparison.Ordinal);
            int close = line.IndexOf("]:", StringComparison.Ordinal);
            if (open > 0 && close > open && int.TryParse(line.AsSpan(0, open), CultureInfo.InvariantCulture, out int number))
            {
                string description = line[(close + 2)..];
                int dash = description.IndexOf(" - ", StringComparison.Ordinal);
                cards.Add(new Card(number, line[(open + 1)..close].Trim(), (dash < 0 ? description : description[(dash + 3)..]).Trim()));
            }
        }

        return cards;
    }

    /// <summary>From lines as "01-00: USB Audio : USB Audio : playback 1 : capture 1".</summary>
    private static List<(int Card, int Device, string Name)> Inputs(Machine machine)
    {
        var inputs = new List<(int, int, string)>();
        foreach (string line in machine.Lines("/proc/asound/pcm"))
        {
            string[] fields = line.Split(':', StringSplitOptions.TrimEntries);
            string[] numbers = fields[0].Split('-');
            if (Array.Exists(fields, field => field.StartsWith("capture", StringComparison.Ordinal)) && numbers.Length == 2
                && int.TryParse(numbers[0], CultureInfo.InvariantCulture, out int card) && int.TryParse(numbers[1], CultureInfo.InvariantCulture, out int device))
            {
                inputs.Add((card, device, fields[1]));
            }
        }

        return inputs;
    }

    private static string Members(Machine machine)
    {
        string? line = Array.Find(machine.Lines("/etc/group"), group => group.StartsWith("audio:", StringComparison.Ordinal));
        return line?.Split(':') is [_, _, _, { Length: > 0 } members] ? members : "no members";
    }

    private sealed record Card(int Number, string Id, string Description);
}
