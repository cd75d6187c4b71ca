using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Edge.Tests.Inference;

/// <summary>Spoils an .edge file in one of many ways, of bytes and of JSON, the same sequence for the same seed.</summary>
internal sealed class Mutator
{
    private static readonly string[] Values =
    [
        "-1", "0", "1", "2", "3", "16", "127", "128", "-128", "-129", "32768", "65536", "16777216", "1073741824", "2147483647", "-2147483648", "4294967296",
        "1e99", "-1e99", "1e-99", "1e999", "0.5", "-0", "1.0", "\"\"", "\"x\"", "\"1\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "null", "true", "[]", "{}",
        "[1,2,3,4]", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "{\"a\":{\"b\":[{}]}}", "\"arena\"", "\"state\"", "\"file\"", "\"int4\"", "\"int16\"", "\"int32\"", "\"I8\"", "\"I32\"",
        "\"single\"", "\"double\"", "\"reshape\"", "\"history\"", "\"concatenate\"", "\"fully-connected\"", "\"subtract\"", "\"svdf\"", "\"lstm\"", "\"legendre-memory\"", "\"leaky-integrate-and-fire\"", "\"running-mean\"", "\"delay\"",
    ];

    private readonly Random random;
    private readonly byte[] file;
    private readonly byte[] header;
    private readonly byte[] data;
    private readonly byte[] plan;
    private readonly byte[] quotedPlan;
    private readonly List<(int Start, int Length, bool IsName)> headerTokens;
    private readonly List<(int Start, int Length, bool IsName)> planTokens;

    public Mutator(byte[] file, int seed)
    {
        this.file = file;
        random = new Random(seed);
        int headerBytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        header = file[8..(8 + headerBytes)];
        data = file[(8 + headerBytes)..];
        using JsonDocument document = JsonDocument.Parse(header);
        JsonElement text = document.RootElement.GetProperty("__metadata__").GetProperty("plan");
        plan = Encoding.UTF8.GetBytes(text.GetString()!);
        quotedPlan = Encoding.UTF8.GetBytes(text.GetRawText());
        headerTokens = Tokens(header);
        planTokens = Tokens(plan);
    }

    public byte[] Next() => random.Next(16) switch
    {
        0 => FlipBits(),
        1 => SetBytes(),
        2 => file[..random.Next(file.Length)],
        3 => [.. file, .. new byte[random.Next(1, 9)]],
        4 => Cut(),
        5 => Assemble(SpoilText(header)),
        6 or 7 => Assemble(Substitute(header, headerTokens)),
        8 => Assemble(Duplicate(header, headerTokens)),
        9 => WithPlan(Duplicate(plan, planTokens)),
        10 => WithPlan(SpoilText(plan)),
        11 => WithPlan(Substitute(Substitute(plan, planTokens), null)),
        _ => WithPlan(Substitute(plan, planTokens)),
    };

    private static List<(int Start, int Length, bool IsName)> Tokens(byte[] json)
    {
        var tokens = new List<(int, int, bool)>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            int quotes = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0;
            if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject or JsonTokenType.StartArray or JsonTokenType.EndArray))
            {
                tokens.Add(((int)reader.TokenStartIndex, reader.ValueSpan.Length + quotes, reader.TokenType == JsonTokenType.PropertyName));
            }
        }

        return tokens;
    }

    private byte[] FlipBits()
    {
        byte[] mutated = [.. file];
        for (int flips = random.Next(1, 9); flips > 0; flips--)
        {
            mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
        }

        return mutated;
    }

    private byte[] SetBytes()
    {
        byte[] mutated = [.. file];
        int start = random.Next(4) == 0 ? random.Next(8) : random.Next(mutated.Length);
        Span<byte> run = mutated.AsSpan(start, Math.Min(random.Next(1, 20), mutated.Length - start));
        if (random.Next(2) == 0)
        {
            random.NextBytes(run);
        }
        else
        {
            run.Fill((byte)(random.Next(3) * 127));
        }

        return mutated;
    }

    private byte[] Cut()
    {
        int start = random.Next(file.Length);
        int end = Math.Min(file.Length, start + random.Next(1, 40));
        return [.. file[..start], .. file[end..]];
    }

    /// <summary>Bytes that are no UTF-8, half surrogate pairs, quotes and brackets where they do not belong.</summary>
    private byte[] SpoilText(byte[] text)
    {
        int at = random.Next(text.Length);
        byte[] spoil = random.Next(6) switch
        {
            0 => [0xff],
            1 => [0xc0, 0x80],
            2 => [0xed, 0xa0, 0x80],
            3 => "\\ud800"u8.ToArray(),
            4 => "\""u8.ToArray(),
            _ => "]}"u8.ToArray(),
        };
        return [.. text[..at], .. spoil, .. text[Math.Min(at + random.Next(3), text.Length)..]];
    }

    /// <summary>Puts another value or name in a token's place; without tokens, in the place of any digit.</summary>
    private byte[] Substitute(byte[] json, List<(int Start, int Length, bool IsName)>? tokens)
    {
        (int start, int length, bool isName) = tokens is null ? AnyDigit(json) : tokens[random.Next(tokens.Count)];
        byte[] value = isName ? "\"x\""u8.ToArray() : random.Next(4) == 0 && tokens is not null ? Other(json, tokens) : Value();
        return [.. json[..start], .. value, .. json[(start + length)..]];
    }

    private (int Start, int Length, bool IsName) AnyDigit(byte[] json)
    {
        int start = random.Next(json.Length);
        int found = json.AsSpan(start).IndexOfAnyInRange((byte)'0', (byte)'9');
        return found < 0 ? (start, 0, false) : (start + found, 1, false);
    }

    private byte[] Other(byte[] json, List<(int Start, int Length, bool IsName)> tokens)
    {
        (int start, int length, _) = tokens[random.Next(tokens.Count)];
        return json[start..(start + length)];
    }

    private byte[] Value() => Encoding.UTF8.GetBytes(random.Next(3) == 0 ? $"{random.Next(70)}" : Values[random.Next(Values.Length)]);

    private byte[] Duplicate(byte[] json, List<(int Start, int Length, bool IsName)> tokens)
    {
        (int Start, int Length, bool IsName)[] names = [.. tokens.Where(t => t.IsName)];
        (int start, int length, _) = names[random.Next(names.Length)];
        return [.. json[..start], .. json[start..(start + length)], (byte)':', .. Value(), (byte)',', .. json[start..]];
    }

    private byte[] WithPlan(byte[] text)
    {
        byte[] quoted = JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(text));
        int at = header.AsSpan().IndexOf(quotedPlan);
        return Assemble([.. header[..at], .. quoted, .. header[(at + quotedPlan.Length)..]]);
    }

    private byte[] Assemble(byte[] changed) => EdgeFile.Assemble(changed, data);
}
