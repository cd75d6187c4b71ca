System.Console.WriteLine("edgec");
