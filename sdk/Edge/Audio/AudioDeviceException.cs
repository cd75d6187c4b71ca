namespace Edge.Audio;

/// <summary>A sound device did not do what it was told; the message says which, what was found and what to do.</summary>
public sealed class AudioDeviceException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Device, what was found, what was expected, what to do.</param>
    /// <param name="function">The function that failed: "snd_pcm_open".</param>
    /// <param name="code">What it returned: an errno, negated.</param>
    public AudioDeviceException(string message, string function, int code) : base(message)
    {
        Function = function;
        Code = code;
    }

    /// <summary>The function that failed.</summary>
    public string Function { get; }

    /// <summary>What it returned.</summary>
    public int Code { get; }

    /// <summary>Whether the same may go well later: the device is not plugged in, busy or not yet set up, or its sound server is not up. False where the name, the options or the machine must change.</summary>
    public bool IsTransient { get; init; }
}
