namespace Edge.Audio;

/// <summary>How a file writes one sample; all little-endian.</summary>
internal enum SampleEncoding
{
    UInt8,
    Int16,
    Int24,
    Int32,
    Float32,
    Float64,
}
