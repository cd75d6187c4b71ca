System.Console.WriteLine("edge");
