using Edge.Detection;

namespace Edge.Hosting.Actions;

/// <summary>An event of a device that listens all day: what was heard, and when by the clock on the wall.</summary>
/// <param name="Heard">What was heard; its times count from the start of the source.</param>
/// <param name="Time">Wall clock of the event's start.</param>
/// <param name="Source">Name of the source it was heard in.</param>
/// <param name="Sequence">Counts the events of this run of the service, from 1.</param>
public readonly record struct DeviceEvent(AudioEvent Heard, DateTimeOffset Time, string Source, long Sequence);
