namespace Edge.Quantization.Compilation;

/// <summary>How a model meets the stream of frames.</summary>
public enum PlanForm
{
    /// <summary>
    /// A step takes the newest frames only; convolutions and pools keep their past in states. A graph with states of its own steps by the frames of
    /// its input.
    /// </summary>
    Streaming,

    /// <summary>The whole network runs every few frames over a state that holds the newest window of features.</summary>
    Windowed,

    /// <summary>The whole network over a whole recording at once.</summary>
    Batch,

    /// <summary>
    /// As <see cref="Batch"/>, but means and softmax pools over time give at each frame what was pooled so far: what the streaming form is proven
    /// against.
    /// </summary>
    Running,
}
