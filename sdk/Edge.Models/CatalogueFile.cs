using System.Security.Cryptography;

namespace Edge.Models;

/// <summary>A file that a model is made from, and how to know it.</summary>
/// <param name="Address">Where it is, at one commit for ever.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal digits.</param>
internal sealed record CatalogueFile(Uri Address, long Bytes, string Sha256)
{
    /// <summary>Its name at the address.</summary>
    public string Name => Path.GetFileName(Address.AbsolutePath);

    /// <summary>The same file on a mirror: the address's path below <paramref name="mirror"/>.</summary>
    public Uri On(Uri? mirror) => mirror is null ? Address : new Uri($"{mirror.AbsoluteUri.TrimEnd('/')}{Address.AbsolutePath}");

    /// <summary>Whether the file at a path is this one, to the byte.</summary>
    public bool Is(string path) => new FileInfo(path) is { Exists: true } info && info.Length == Bytes && HashOf(path) == Sha256;

    /// <summary>SHA-256 of a file in lower-case hexadecimal digits.</summary>
    public static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
