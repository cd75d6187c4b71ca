using System.Device.I2c;

namespace Edge.Devices.Tests.Displays;

/// <summary>A PCF8574 with an HD44780 behind it, as their data sheets say: four data lines up, then backlight, enable, read, register select.</summary>
internal sealed class FakeDisplay : I2cDevice
{
    private const byte Enable = 0x04, Backlight = 0x08, RegisterSelect = 0x01;
    private const int Columns = 16, SecondRow = 0x40;

    private readonly char[] memory = [.. Enumerable.Repeat(' ', 0x80)];
    private int address;
    private int high = -1;
    private bool latched;

    public override I2cConnectionSettings ConnectionSettings { get; } = new(1, 0x27);

    /// <summary>What is written to the bus, byte by byte.</summary>
    public List<byte> Bytes { get; } = [];

    /// <summary>Whether nobody answers.</summary>
    public bool IsGone { get; set; }

    public bool IsLit { get; private set; }

    public bool IsDisposed { get; private set; }

    public string Above => new(memory, 0, Columns);

    public string Below => new(memory, SecondRow, Columns);

    public override void Read(Span<byte> buffer) => throw new NotSupportedException("the read line is not used");

    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => throw new NotSupportedException("the read line is not used");

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        foreach (byte one in buffer)
        {
            WriteByte(one);
        }
    }

    public override void WriteByte(byte value)
    {
        if (IsGone)
        {
            throw new IOException("Error 121. Remote I/O error.");
        }

        Bytes.Add(value);
        IsLit = (value & Backlight) != 0;
        bool falls = latched && (value & Enable) == 0; // the controller takes the lines as enable falls
        latched = (value & Enable) != 0;
        if (!falls)
        {
            return;
        }

        int nibble = value >> 4;
        if (high < 0)
        {
            high = nibble;
            return;
        }

        Take((high << 4) | nibble, (value & RegisterSelect) != 0);
        high = -1;
    }

    protected override void Dispose(bool disposing) => IsDisposed = true;

    private void Take(int value, bool isData)
    {
        if (isData)
        {
            memory[address++ & 0x7F] = (char)value;
        }
        else if (value == 0x01)
        {
            Array.Fill(memory, ' ');
            address = 0;
        }
        else if (value >= 0x80)
        {
            address = value & 0x7F;
        }
    }
}
