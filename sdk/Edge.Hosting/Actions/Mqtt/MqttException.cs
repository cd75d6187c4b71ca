namespace Edge.Hosting.Actions.Mqtt;

/// <summary>The connection to a broker failed, or the broker refused it.</summary>
internal sealed class MqttException(string message, Exception? innerException = null) : IOException(message, innerException);
