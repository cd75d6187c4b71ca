namespace Edge.Hosting.Actions;

/// <summary>One entry of the configuration's list <c>Actions</c>; null means the kind's default. <see cref="ActionFactory.Check"/> tells its faults.</summary>
public sealed class ActionOptions
{
    /// <summary><c>json-lines</c>, <c>command</c>, <c>webhook</c>, <c>mqtt</c>, <c>led</c>, or a kind that was registered.</summary>
    public string? Kind { get; set; }

    /// <summary>Names of the models whose events it takes; empty for all.</summary>
    public List<string> Models { get; set; } = [];

    /// <summary>Labels it takes; empty for all.</summary>
    public List<string> Labels { get; set; } = [];

    /// <summary>Lowest score it takes, 0 to 1.</summary>
    public float MinimumScore { get; set; }

    /// <summary>What it takes of sounds that last: <c>any</c>, <c>onset</c> or <c>complete</c>.</summary>
    public string Phase { get; set; } = "any";

    /// <summary>Events that wait for it at most; 1 to 100,000.</summary>
    public int QueueCapacity { get; set; } = 256;

    /// <summary>What goes where the queue is full: <c>drop-oldest</c> or <c>drop-newest</c>.</summary>
    public string WhenFull { get; set; } = "drop-oldest";

    /// <summary>Of json-lines: the file. Where it is absent, it is made.</summary>
    public string? Path { get; set; }

    /// <summary>Of json-lines: the size in bytes at which a new file is begun; null for one that grows without end.</summary>
    public long? MaximumBytes { get; set; }

    /// <summary>Of json-lines with <see cref="MaximumBytes"/>: how many full files are kept as <c>Path.1</c>, <c>Path.2</c> …; 1 where null.</summary>
    public int? KeepFiles { get; set; }

    /// <summary>Of command: the program and its arguments, in which placeholders such as <c>{label}</c> stand for the event.</summary>
    public List<string>? Command { get; set; }

    /// <summary>Of command: how many may run at a time; 1 where null.</summary>
    public int? MaximumParallel { get; set; }

    /// <summary>Of command, webhook and mqtt: how long one try may take, in milliseconds; 10,000 where null.</summary>
    public int? TimeoutMs { get; set; }

    /// <summary>Of webhook: how often an event is tried that makes the server fail (500 and the like); 10 where null. While the server is away or busy, events wait as long as the queue has room.</summary>
    public int? MaximumAttempts { get; set; }

    /// <summary>Of webhook: <c>http://</c> or <c>https://</c>. Of mqtt: <c>mqtt://user:password@host:1883</c>, or <c>mqtts://</c> for TLS.</summary>
    public string? Url { get; set; }

    /// <summary>Of webhook: headers sent with each request.</summary>
    public Dictionary<string, string>? Headers { get; set; }

    /// <summary>Of mqtt: where events go, <c>Topic/MODEL</c>; <c>{host}</c> stands for the name of the machine. <c>edge/{host}</c> where null.</summary>
    public string? Topic { get; set; }

    /// <summary>Of mqtt: whether Home Assistant is told of the device and its models; false where null.</summary>
    public bool? Discovery { get; set; }

    /// <summary>Of mqtt: the topic under which Home Assistant looks for devices; <c>homeassistant</c> where null.</summary>
    public string? DiscoveryPrefix { get; set; }

    /// <summary>Of mqtt: how the broker knows this client; <c>edge-HOST</c> where null.</summary>
    public string? ClientId { get; set; }

    /// <summary>Of led: its name under <see cref="LedFolder"/>, such as <c>ACT</c>.</summary>
    public string? Led { get; set; }

    /// <summary>Of led: where the system shows its lamps; <c>/sys/class/leds</c> where null.</summary>
    public string? LedFolder { get; set; }

    /// <summary>Of led and gpio: how long an event turns it on, in milliseconds; 500 where null. Of i2c-display: its backlight; always on where null. An event within that time makes it longer.</summary>
    public int? OnMs { get; set; }

    /// <summary>Of gpio: the pin by the processor's own numbering, as in <c>gpiochip</c>.</summary>
    public int? Pin { get; set; }

    /// <summary>Of gpio: whether a low level turns it on; false where null.</summary>
    public bool? ActiveLow { get; set; }

    /// <summary>Of i2c-display: number of the bus, 1 for <c>/dev/i2c-1</c>; 1 where null.</summary>
    public int? Bus { get; set; }

    /// <summary>Of i2c-display: the address on the bus; 0x27 (39) where null.</summary>
    public int? Address { get; set; }

    /// <summary>Names of the fields set here that only some kinds know.</summary>
    internal IEnumerable<string> OwnFields()
    {
        (string Name, object? Value)[] fields =
        [
            (nameof(Path), Path), (nameof(MaximumBytes), MaximumBytes), (nameof(KeepFiles), KeepFiles),
            (nameof(Command), Command), (nameof(MaximumParallel), MaximumParallel), (nameof(TimeoutMs), TimeoutMs),
            (nameof(MaximumAttempts), MaximumAttempts), (nameof(Url), Url), (nameof(Headers), Headers),
            (nameof(Topic), Topic), (nameof(Discovery), Discovery), (nameof(DiscoveryPrefix), DiscoveryPrefix), (nameof(ClientId), ClientId),
            (nameof(Led), Led), (nameof(LedFolder), LedFolder), (nameof(OnMs), OnMs),
            (nameof(Pin), Pin), (nameof(ActiveLow), ActiveLow), (nameof(Bus), Bus), (nameof(Address), Address),
        ];
        return fields.Where(field => field.Value is not null).Select(field => field.Name);
    }

    /// <summary>Adds a fault where a number lies outside its range.</summary>
    internal static void CheckRange(string name, long? value, long least, long most, ICollection<string> faults)
    {
        if (value < least || value > most)
        {
            faults.Add($"{name} is {value}; expected {least} to {most}.");
        }
    }
}
