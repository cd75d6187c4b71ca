namespace Edge.Cli; internal sealed class Arguments { }
