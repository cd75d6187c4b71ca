namespace Edge.Hosting.Actions;

/// <summary>What became of an action's events so far. <c>Posted = Sent + Dropped + Failed + Pending</c>.</summary>
/// <param name="Posted">Events that passed the filter.</param>
/// <param name="Sent">Handled.</param>
/// <param name="Dropped">Lost because the queue was full, or because the service stopped before their turn.</param>
/// <param name="Failed">Given up: the action said that trying again does not help.</param>
/// <param name="Retried">Tries beyond the first.</param>
/// <param name="Pending">In the queue or in hand.</param>
public readonly record struct ActionCounters(long Posted, long Sent, long Dropped, long Failed, long Retried, long Pending);
