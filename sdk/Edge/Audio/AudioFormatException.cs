namespace Edge.Audio;

/// <summary>A file or stream is not sound that can be read; the message says where, what was found and what was expected.</summary>
public sealed class AudioFormatException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Where, what was found, what was expected, what to do.</param>
    /// <param name="innerException">The cause, if another error led here.</param>
    public AudioFormatException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
