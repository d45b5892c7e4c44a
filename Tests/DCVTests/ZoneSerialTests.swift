// The order of serials at its edges: the turn from the largest number to 0, and the two that stand half way apart.
import DCV
import Testing

@Suite(.timeLimit(.minutes(1))) struct ZoneSerialTests {
    @Test(
        arguments: [
            (1, 0, true), (0, 1, false), (7, 7, false), (0, UInt32.max, true), (UInt32.max, 0, false),
            (2_026_112_201, 2_026_112_200, true), (0x7FFF_FFFF, 0, true), (0, 0x7FFF_FFFF, false),
            // RFC 1982 3.2: no order.
            (0x8000_0000, 0, false), (0, 0x8000_0000, false), (0x8000_0001, 1, false),
            (0x8000_0001, 0, false), (0, 0x8000_0001, true),
        ] as [(UInt32, UInt32, Bool)]
    ) func order(one: UInt32, other: UInt32, isNewer: Bool) {
        #expect(ZoneSerial(one).isNewer(than: ZoneSerial(other)) == isNewer)
    }

    @Test func theNewestOfSome() {
        func newest(_ numbers: [UInt32]) -> UInt32? { ZoneSerial.newest(of: numbers.map { ZoneSerial($0) })?.number }
        #expect(newest([]) == nil)
        #expect(newest([5]) == 5)
        #expect(newest([3, 5, 5, 4]) == 5)
        #expect(newest([UInt32.max - 1, 0, UInt32.max]) == 0)
        // Half way apart, and in a circle: whatever the order they come in, the answer is the same.
        #expect(newest([0, 0x8000_0000]) == 0x8000_0000)
        #expect(newest([0x8000_0000, 0]) == 0x8000_0000)
        let circle: [UInt32] = [0, 0x6000_0000, 0xC000_0000]
        #expect(newest(circle) == newest(circle.reversed()))
    }
}
