using Edge.Cli;
using Edge.Quantization.Cli;

return new CommandLine("edgec", "Makes small int8 models for `edge` from trained ones.", BuildCommand.Command).Run(args);
