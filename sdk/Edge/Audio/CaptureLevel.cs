namespace Edge.Audio;

/// <summary>How loud sound was, over a window of seconds. 0 dBFS is full scale, of a square wave as of a peak.</summary>
/// <param name="Window">The time that the values are of; 0 where there are none yet.</param>
/// <param name="PeakDbfs">The highest sample of any channel; -96.3 for zeros alone.</param>
/// <param name="RmsDbfs">The root mean square of the loudest channel without its offset; -120 at the least.</param>
/// <param name="DcOffset">The mean of the channel where it is farthest from 0, as a share of full scale, -1 to 1.</param>
/// <param name="ClippedShare">Samples at full scale in the channel that has most of them, as a share of its samples.</param>
/// <param name="DeadChannels">A bit for each channel that gave one and the same value all the time, bit 0 for channel 0.</param>
public readonly record struct CaptureLevel(TimeSpan Window, double PeakDbfs, double RmsDbfs, double DcOffset, double ClippedShare, ulong DeadChannels);
