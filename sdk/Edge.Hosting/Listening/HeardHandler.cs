using Edge.Detection;

namespace Edge.Hosting.Listening;

/// <summary>Receives what a model hears.</summary>
/// <param name="runner">The model.</param>
/// <param name="heard">What it heard, in times of the stream; of the configuration's name of the model.</param>
internal delegate void HeardHandler(ModelRunner runner, in AudioEvent heard);
